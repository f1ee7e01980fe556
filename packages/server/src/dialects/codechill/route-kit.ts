import type { FastifyRequest } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { readBearer } from '../../gateway/authorize.ts';
import { deviceOf } from '../../sign-in/sign-in-answer.ts';
import { fault } from './fault.ts';
import type { CodeChillSignIns, CodeChillUser } from './sign-ins.ts';

/** What the routes of CodeChill have in common. */

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What CodeChill's clients are told when this fails in a way that has no words of its own. */
    failure?: string;
  }
}

/** Who asks, from what a request brings; the same for all routes. */
export interface Askers {
  /** Before anything else is looked at: so a bad body says nothing to who is nobody. */
  onRequest(request: FastifyRequest): Promise<void>;
  /** Who was found by it. */
  of(request: FastifyRequest): CodeChillUser;
  check(request: FastifyRequest, use: 'access' | 'refresh'): Promise<CodeChillUser>;
}

export function createAskers(signIns: CodeChillSignIns): Askers {
  const found = new WeakMap<FastifyRequest, CodeChillUser>();

  async function check(request: FastifyRequest, use: 'access' | 'refresh'): Promise<CodeChillUser> {
    const token = readBearer(request.headers.authorization);
    if (token === undefined || token === '') throw fault(401, 'Authorization token required');
    return signIns.check(token, use, deviceOf(request));
  }

  return {
    check,
    async onRequest(request) {
      found.set(request, await check(request, 'access'));
    },
    of(request) {
      const signedIn = found.get(request);
      if (signedIn === undefined) throw new Error('a route that asks who it is does not look at the token');
      return signedIn;
    },
  };
}

/** The failures of a route as its documented answers. */
export function faults(...statuses: number[]): Record<number, TSchema> {
  const common = [400, 429, 500, 503];
  return Object.fromEntries([...new Set([...statuses, ...common])].sort().map((status) => [status, Fault]));
}

export const withAppToken = [{ codechillToken: [] }];

/** A body of which the route itself says what is wrong with it. */
export function looseBody(fields: Record<string, string>): TSchema {
  const properties = Object.entries(fields).map(([name, description]) => [
    name,
    Type.Optional(Type.Any({ description })),
  ]);
  return Type.Object(Object.fromEntries(properties), { additionalProperties: true });
}

/** Of a value that may be of any kind: a string, or nothing. */
export const readString = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const Fault = Type.Object({ error: Type.String() });
