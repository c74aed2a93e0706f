# Linted, but not built yet.
FROM node:22.21-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json tsconfig.site.json README.md CHANGELOG.md CONTRIBUTING.md LICENSE ./
COPY src src
COPY docs docs
COPY config config
COPY scripts/finish-build.mjs scripts/bundle-page.mjs scripts/bundle-program.mjs scripts/site.ts scripts/
COPY scripts/site scripts/site
RUN npm run build

FROM node:22.21-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY --from=build /app/dist dist
COPY config config
# Its lakes are in /var/lib/optionlake, as those of the service. Mount a file of your own over it.
COPY config/optionlake.json /etc/optionlake/optionlake.json
RUN mkdir -p /var/lib/optionlake && chown node:node /var/lib/optionlake
USER node
WORKDIR /var/lib/optionlake
VOLUME /var/lib/optionlake
# Listens on the container's own address; the published ports decide who can reach it.
ENV MALLOC_ARENA_MAX=2 \
    OPTIONLAKE_HTTP_HOST=0.0.0.0
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8787/livez').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run"]
