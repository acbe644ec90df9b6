import type { z } from 'zod';
import type { calls } from '../api/calls.js';
import type { Json } from '../api/types.js';

/** Every call by its method and path: what it takes and what it answers. */
export type Calls = {
  readonly [Name in keyof typeof calls]: PathOf<Name> &
    QueryOf<(typeof calls)[Name]> &
    BodyOf<(typeof calls)[Name]> & { readonly answer: AnswerOf<(typeof calls)[Name]['answers']> };
};

/** Each `{name}` of a path. */
type NamesIn<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type PathOf<Name> = [NamesIn<Name>] extends [never]
  ? unknown
  : { readonly path: Readonly<Record<NamesIn<Name>, string>> };

type QueryOf<Call> = Call extends { readonly query: infer Schema extends z.ZodType }
  ? Record<never, never> extends Json<Schema>
    ? { readonly query?: Json<Schema> }
    : { readonly query: Json<Schema> }
  : unknown;

/** Of a form and JSON one is given. */
type BodyOf<Call> = Call extends { readonly body: infer Body }
  ? Body extends { readonly json: infer Schema extends z.ZodType }
    ? Body extends { readonly part: infer Part }
      ? { readonly json?: Json<Schema>; readonly form?: FormOf<Part, Blob> }
      : { readonly json: Json<Schema> }
    : Body extends { readonly part: infer Part }
      ? { readonly form: FormOf<Part, readonly Blob[]> }
      : unknown
  : unknown;

type FormOf<Part, Image> = Part extends {
  readonly name: infer Name extends string;
  readonly schema: infer Schema extends z.ZodType;
}
  ? { readonly image: Image } & { readonly [Key in Name]?: Json<Schema> }
  : never;

type AnswerOf<Answers> = ContentOf<Answers[keyof Answers & (200 | 201 | 202 | 204)]>;

/** JSON as itself, undefined for no content, anything else as the whole `Response`. */
type ContentOf<Answer> = Answer extends { readonly content: infer Content }
  ? Content extends { readonly 'application/json': infer Schema }
    ? JsonOf<Schema>
    : Content extends { readonly 'application/geo+json': infer Schema }
      ? JsonOf<Schema>
      : keyof Content extends never
        ? undefined
        : Response
  : never;

type JsonOf<Schema> = Schema extends z.ZodType ? Json<Schema> : unknown;
