import { API_ERRORS, type ApiError } from '../errors.ts'
import type { Client } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { noNewsProviders, verifyAndAuthRefused, verifyRefused } from '../wire/reference.ts'
import type { Request, RequestTable } from './request.ts'

/**
 * Services that the simulated account has not subscribed to, or that need another kind of account. Each request gets
 * the code that Interactive Brokers gives such an account, with the id of the request, so that no client waits.
 */
export const REFUSED_REQUESTS: RequestTable = {
  // There are no bulletins: a subscription is answered by none, as on most days at Interactive Brokers.
  12: { name: 'reqNewsBulletins', answer: ignore },
  13: { name: 'cancelNewsBulletins', answer: ignore },
  18: { name: 'requestFA', answer: (client) => client.sendError(-1, API_ERRORS.notAnAdvisor()) },
  19: { name: 'replaceFA', idField: 4, answer: refuseReplaceFA },
  52: { name: 'reqFundamentalData', idField: 2, answer: refused(API_ERRORS.noFundamentals, 1) },
  53: { name: 'cancelFundamentalData', answer: ignore },
  65: { name: 'verifyRequest', answer: (client) => client.send(verifyRefused(NO_VERIFICATION)) },
  66: { name: 'verifyMessage', answer: (client) => client.send(verifyRefused(NO_VERIFICATION)) },
  72: {
    name: 'verifyAndAuthRequest',
    answer: (client) => client.send(verifyAndAuthRefused(NO_VERIFICATION)),
  },
  73: {
    name: 'verifyAndAuthMessage',
    answer: (client) => client.send(verifyAndAuthRefused(NO_VERIFICATION)),
  },
  84: { name: 'reqNewsArticle', idField: 1, answer: refused(API_ERRORS.noArticle, 0) },
  85: { name: 'reqNewsProviders', answer: (client) => client.send(noNewsProviders()) },
  86: { name: 'reqHistoricalNews', idField: 1, answer: refused(API_ERRORS.noNewsFeed, 0) },
  100: { name: 'reqWshMetaData', idField: 1, answer: refused(API_ERRORS.noNewsFeed, 0) },
  101: { name: 'cancelWshMetaData', answer: ignore },
  102: { name: 'reqWshEventData', idField: 1, answer: refused(API_ERRORS.noNewsFeed, 0) },
  103: { name: 'cancelWshEventData', answer: ignore },
}

const NO_VERIFICATION = 'The client is not authorised to verify itself.'

/** Sends the error with the request id, which follows so many fields. */
function refused(error: () => ApiError, before: number): Request['answer'] {
  return (client, fields) => {
    fields.skip(before)
    client.sendError(fields.integer(), error())
  }
}

/** `19|1|type|xml|req` */
function refuseReplaceFA(client: Client, fields: Fields): void {
  fields.skip(3)
  client.sendError(fields.integer(), API_ERRORS.notAnAdvisor())
}

function ignore(): void {}
