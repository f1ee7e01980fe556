/** How Code Connect Live refuses, and how that stands in our OpenAPI document. */
import { Type } from 'typebox';
import { withoutToken } from '../../gateway/openapi.ts';
import { DialectFault } from '../dialect.ts';
import { validationFailed } from '../fastapi.ts';
import { type Conflict, Failure } from './shapes.ts';

export const fault = (code: number, error: string, more: object = {}) =>
  new DialectFault(code, { detail: { error, code, ...more }, ...more });

export const refused = (description: string, schema: typeof Failure | typeof Conflict = Failure) => ({
  description,
  content: { 'application/json': { schema } },
});

/** What may come of any request, of one about something, and of one with a body. */
export const always = { 429: refused('too many requests') };
export const missing = { ...always, 404: refused('there is no such session, or no such participant') };
export const withBody = { 413: refused('too large'), 422: validationFailed };

export const common = { tags: ['Code Connect Live'], security: withoutToken };
export const ofSession = { ...common, params: Type.Object({ sessionId: Type.String() }) };
export const ofParticipant = {
  ...common,
  params: Type.Object({ sessionId: Type.String(), participantId: Type.String() }),
};

export const streamed = {
  200: { description: 'events', content: { 'text/event-stream': { schema: Type.String() } } },
};
