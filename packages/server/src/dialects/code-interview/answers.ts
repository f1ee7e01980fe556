/** How CodeInterview refuses, and how that stands in our OpenAPI document. */
import { type TSchema, Type } from 'typebox';
import { withoutToken } from '../../gateway/openapi.ts';
import { DialectFault } from '../dialect.ts';
import { validationFailed } from '../fastapi.ts';
import { describeFailure, Failure } from './shapes.ts';

export const fault = (status: number, error: string, message: string) =>
  new DialectFault(status, describeFailure(status, error, message));

export const refused = (description: string, schema: TSchema = Failure) => ({
  description,
  content: { 'application/json': { schema } },
});

/** What may come of any request, of one about something, and of one with a body. */
export const always = { 429: refused('too many requests') };
export const missing = { ...always, 404: refused('there is no such session, or no such user') };
export const withBody = { 413: refused('too large'), 422: validationFailed };

export const common = { tags: ['CodeInterview'], security: withoutToken };
export const ofSession = { ...common, params: Type.Object({ sessionId: Type.String() }) };
export const ofUser = { ...common, params: Type.Object({ sessionId: Type.String(), userId: Type.String() }) };
