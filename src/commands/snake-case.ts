/** `bytesPerDay` as `bytes_per_day`. */
type SnakeCase<Name> = Name extends `${infer First}${infer Rest}`
  ? Rest extends Uncapitalize<Rest>
    ? `${Lowercase<First>}${SnakeCase<Rest>}`
    : `${Lowercase<First>}_${SnakeCase<Rest>}`
  : Name

type Plain = string | number | boolean | null | undefined

/** A value whose fields have the names that answers use. */
export type SnakeCased<T> = T extends Plain
  ? T
  : T extends readonly (infer Item)[]
    ? readonly SnakeCased<Item>[]
    : T extends object
      ? { readonly [Name in keyof T as SnakeCase<Name>]: SnakeCased<T[Name]> }
      : T

/**
 * A report of the program with the names of fields that answers use, at every depth. Names with no lower case letter before
 * a capital one, such as symbols, stay as they are. Only for plain values: objects, arrays, texts, numbers.
 */
export function snakeCased<T>(value: T): SnakeCased<T> {
  return converted(value) as SnakeCased<T>
}

function converted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(converted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [snakeName(name), converted(inner)]))
}

function snakeName(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, (_, before: string, capital: string) => {
    return `${before}_${capital.toLowerCase()}`
  })
}
