import type { z } from 'zod'

type Primitive = string | number | boolean | null | undefined

type ReadonlyDeep<T> = T extends Primitive
  ? T
  : T extends readonly (infer Item)[]
    ? readonly ReadonlyDeep<Item>[]
    : { readonly [Name in keyof T]: ReadonlyDeep<T[Name]> }

/** What may be written as an answer of a schema. */
export type AnswerOf<Schema extends z.ZodType> = ReadonlyDeep<z.input<Schema>>
