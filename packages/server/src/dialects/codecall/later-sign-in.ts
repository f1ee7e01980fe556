import type { FastifyReply, FastifyRequest } from 'fastify';
import { expectedFailure } from '../../gateway/problems.ts';
import { deviceOf } from '../../sign-in/sign-in-answer.ts';
import { DialectFault, sendAnswer } from '../dialect.ts';
import { renderCodeCall } from './fault.ts';
import type { CodeCallSignIn, LoginBody, RefreshBody } from './sign-in.ts';

/**
 * Three addresses of CodeCall's later generation are CodeChill's, too: what is sent tells them apart, since CodeChill's
 * clients sign in, refresh and sign out by a header. For use before any handler.
 */
export function createLaterSignIn(signIn: CodeCallSignIn) {
  const ways = new Map([
    ['/api/auth/login', { fields: ['email', 'password'], answer: signIn.login }],
    ['/api/auth/refresh', { fields: ['refreshToken'], answer: signIn.refresh }],
    ['/api/auth/logout', { fields: ['refreshToken'], answer: signIn.logout }],
  ]);

  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const way = request.method === 'POST' ? ways.get(request.url.split('?', 1)[0] ?? '') : undefined;
    if (way === undefined || !says(request.body, way.fields)) return undefined;
    try {
      return reply.send(await way.answer(request.body as LoginBody & RefreshBody, deviceOf(request)));
    } catch (error) {
      const failure = error instanceof DialectFault ? error : expectedFailure(error);
      if (failure === undefined) throw error;
      sendAnswer(reply, failure instanceof DialectFault ? failure.answer : renderCodeCall(failure, request));
      return reply;
    }
  };
}

function says(body: unknown, fields: string[]): boolean {
  if (typeof body !== 'object' || body === null) return false;
  return fields.every((field) => typeof (body as Record<string, unknown>)[field] === 'string');
}
