import { type Static, Type } from 'typebox';

export const Language = Type.Object(
  {
    id: Type.String({ description: 'such as "python"' }),
    name: Type.String({ description: 'such as "Python"' }),
    version: Type.Union([Type.String(), Type.Null()], {
      description: 'as found inside the sandbox; null: not installed',
    }),
    installed: Type.Boolean(),
    fileName: Type.String({ description: 'the main file of a new room, such as "main.py"' }),
    helloWorld: Type.String(),
    /** How to get the toolchain when it is not installed. */
    hint: Type.Optional(Type.String()),
  },
  { $id: 'Language', additionalProperties: false },
);
export type Language = Static<typeof Language>;

/** How strongly runs are isolated; see docs/adr and SECURITY.md. */
export const IsolationTier = Type.Union([
  Type.Literal('strong'),
  Type.Literal('standard'),
  Type.Literal('degraded'),
  Type.Literal('off'),
]);
export type IsolationTier = Static<typeof IsolationTier>;
