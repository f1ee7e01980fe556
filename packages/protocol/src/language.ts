import { type Static, Type } from 'typebox';

export const Language = Type.Object(
  {
    id: Type.String({ description: 'such as "python"' }),
    name: Type.String({ description: 'such as "Python"' }),
    version: Type.Union([Type.String(), Type.Null()], {
      description: 'as found inside the sandbox; null: it cannot be run',
    }),
    installed: Type.Boolean(),
    fileName: Type.String({ description: 'the main file of a new room, such as "main.py"' }),
    helloWorld: Type.String(),
    hint: Type.Optional(Type.String({ description: 'why it cannot be run here, and how it could be' })),
  },
  { $id: 'Language', additionalProperties: false },
);
export type Language = Static<typeof Language>;

/**
 * How strongly runs are isolated; see docs/adr and SECURITY.md. `remote`: as well as the Judge0 server does it, of which
 * this one knows nothing; `browser`: programs run in the browser of whoever starts them.
 */
export const IsolationTier = Type.Union([
  Type.Literal('strong'),
  Type.Literal('standard'),
  Type.Literal('degraded'),
  Type.Literal('remote'),
  Type.Literal('browser'),
  Type.Literal('off'),
]);
export type IsolationTier = Static<typeof IsolationTier>;

/** How code is run here, as far as clients have to know. */
export const RunAbilities = Type.Object(
  {
    backend: Type.Union(
      [Type.Literal('sandbox'), Type.Literal('judge0'), Type.Literal('browser'), Type.Literal('off')],
      { description: 'browser: by whoever starts a run; only the web client does' },
    ),
    tier: IsolationTier,
    missing: Type.Array(Type.String(), {
      description: 'what runs have to do without on this server, a sentence each; empty when that is nothing',
    }),
    streaming: Type.Boolean({ description: 'output comes while a program runs; otherwise at its end' }),
    liveInput: Type.Boolean({
      description: 'input can be sent while a program runs; otherwise it is given at the start',
    }),
  },
  { additionalProperties: false },
);
export type RunAbilities = Static<typeof RunAbilities>;
