import { errorRows } from '@coderoom/protocol';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDialectOperation, type OpenApi, type Operation, openApp, type RunningApp } from './running-app.ts';

let app: RunningApp;
let document: OpenApi;
let operations: { name: string; operation: Operation }[];

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' });
  document = (await app.ask('GET', '/openapi.json')).body;
  operations = Object.entries(document.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
    )
    .filter(({ operation }) => !isDialectOperation(operation));
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

describe('the OpenAPI document', () => {
  it('API-6 describes every operation of the native API', () => {
    expect(operations.map(({ name }) => name).sort()).toEqual(
      [
        'GET /health',
        'GET /readyz',
        'GET /metrics',
        'GET /api/v2/languages',
        'POST /api/v2/run',
        'POST /api/v2/auth/register',
        'POST /api/v2/auth/login',
        'POST /api/v2/auth/refresh',
        'POST /api/v2/auth/logout',
        'GET /api/v2/auth/oidc',
        'GET /api/v2/auth/oidc/start',
        'GET /api/v2/auth/oidc/callback',
        'POST /api/v2/auth/oidc/token',
        'GET /api/v2/me',
        'PATCH /api/v2/me',
        'DELETE /api/v2/me',
        'POST /api/v2/me/password',
        'GET /api/v2/me/sessions',
        'DELETE /api/v2/me/sessions',
        'DELETE /api/v2/me/sessions/{session}',
        'GET /api/v2/me/audit',
        'POST /api/v2/me/rooms',
        'GET /api/v2/me/stats',
        'POST /api/v2/me/stats/refresh',
        'GET /api/v2/people/{account}/stats',
        'POST /api/v2/rooms',
        'GET /api/v2/rooms/{room}',
        'PATCH /api/v2/rooms/{room}',
        'DELETE /api/v2/rooms/{room}',
        'POST /api/v2/rooms/{room}/join',
        'POST /api/v2/rooms/{room}/leave',
        'POST /api/v2/rooms/{room}/end',
        'POST /api/v2/rooms/{room}/token',
        'GET /api/v2/rooms/{room}/members',
        'PATCH /api/v2/rooms/{room}/members/{member}',
        'DELETE /api/v2/rooms/{room}/members/{member}',
        'GET /api/v2/rooms/{room}/files',
        'GET /api/v2/rooms/{room}/files/{path}',
        'PUT /api/v2/rooms/{room}/files/{path}',
        'DELETE /api/v2/rooms/{room}/files/{path}',
        'GET /api/v2/rooms/{room}/board',
        'GET /api/v2/rooms/{room}/board.svg',
        'GET /api/v2/rooms/{room}/messages',
        'POST /api/v2/rooms/{room}/messages',
        'GET /api/v2/rooms/{room}/messages/{message}',
        'PATCH /api/v2/rooms/{room}/messages/{message}',
        'DELETE /api/v2/rooms/{room}/messages/{message}',
        'GET /api/v2/rooms/{room}/snippets',
        'POST /api/v2/rooms/{room}/snippets',
        'GET /api/v2/rooms/{room}/snippets/latest',
        'GET /api/v2/rooms/{room}/snippets/{snippet}',
        'GET /api/v2/rooms/{room}/call',
        'GET /api/v2/rooms/{room}/runs',
        'POST /api/v2/rooms/{room}/runs',
        'GET /api/v2/rooms/{room}/runs/{run}',
        'DELETE /api/v2/rooms/{room}/runs/{run}',
        'GET /api/v2/rooms/{room}/runs/{run}/events',
        'GET /api/v2/me/rooms',
        'GET /api/v2/me/invitations',
        'DELETE /api/v2/me/invitations/{invitation}',
        'GET /api/v2/friends',
        'POST /api/v2/friends',
        'POST /api/v2/friends/{account}/accept',
        'DELETE /api/v2/friends/{account}',
        'GET /api/v2/blocks',
        'PUT /api/v2/blocks/{account}',
        'DELETE /api/v2/blocks/{account}',
        'GET /api/v2/people',
        'GET /api/v2/people/{account}',
        'GET /api/v2/rooms',
        'POST /api/v2/rooms/{room}/start',
        'GET /api/v2/rooms/{room}/audit',
        'POST /api/v2/rooms/{room}/members/{member}/hand-over',
        'GET /api/v2/rooms/{room}/bans',
        'DELETE /api/v2/rooms/{room}/bans/{ban}',
        'GET /api/v2/rooms/{room}/knocks',
        'GET /api/v2/rooms/{room}/knocks/{knock}',
        'DELETE /api/v2/rooms/{room}/knocks/{knock}',
        'POST /api/v2/rooms/{room}/knocks/{knock}/admit',
        'POST /api/v2/rooms/{room}/knocks/{knock}/refuse',
        'POST /api/v2/rooms/{room}/invitations',
      ].sort(),
    );
  });

  it('API-6 says of each what it is called, what it does, what it takes, and how it answers and fails', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { name, operation } of operations) {
      expect(operation.operationId, name).toMatch(/^[a-z][a-zA-Z]+$/);
      expect(operation.summary, name).toBeTruthy();
      expect(operation.tags, name).toHaveLength(1);
      const statuses = Object.keys(operation.responses);
      expect(
        statuses.some((status) => /^[23]/.test(status)),
        name,
      ).toBe(true);
      for (const status of ['400', '429', '500', '503']) expect(statuses, name).toContain(status);
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        expect(description, `${name} ${status}`).not.toBe('');
        if (Number(status) < 400) continue;
        expect(content, `${name} ${status}`).toEqual({
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        });
        for (const [, code] of description.matchAll(/`(\w+)`:/g)) {
          expect(errorRows.find((row) => row.code === code)?.status, `${name} ${status} ${code}`).toBe(Number(status));
        }
      }
      const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      const named = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      expect(parameters.map((parameter) => parameter.name).sort(), name).toEqual(named.sort());
      if (/^(POST|PATCH|PUT) .*(rooms|run|runs|join|files\/\{path\}|members\/\{member\}|rooms\/\{room\})$/.test(name)) {
        expect(operation.requestBody?.content['application/json']?.schema, name).toBeDefined();
      }
    }
  });

  it('API-6 marks what needs which token', () => {
    const member = [{ roomToken: [] }, { accountToken: [] }];
    const special: Record<string, object[]> = {
      'POST /api/v2/rooms': [{}, ...member],
      'POST /api/v2/rooms/{room}/join': [{}, ...member],
      'GET /api/v2/rooms/{room}/knocks/{knock}': [{ knockToken: [] }],
      'DELETE /api/v2/rooms/{room}/knocks/{knock}': [{ knockToken: [] }],
      'POST /api/v2/auth/refresh': [{}, { refreshCookie: [] }],
      'POST /api/v2/auth/logout': [{}, { refreshCookie: [] }, { accountToken: [] }],
      'GET /metrics': [{}, { metricsToken: [] }],
    };
    for (const { name, operation } of operations) {
      const isForAccounts = /^\w+ \/api\/v2\/(me|friends|blocks|people)\b/.test(name);
      const usual = name.includes('{room}') ? member : isForAccounts ? [{ accountToken: [] }] : [];
      const expected = special[name] ?? usual;
      expect(operation.security, name).toEqual(expected);
      const provesWho = expected.length > 0 || /\/auth\/(login|oidc\/token)$/.test(name);
      expect('401' in operation.responses, name).toBe(provesWho && name !== 'GET /metrics');
    }
  });

  it('API-6 is OpenAPI 3.1 in which every reference leads somewhere', () => {
    expect(document.openapi).toBe('3.1.0');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference]) => reference ?? '',
    );
    expect(references.length).toBeGreaterThan(20);
    for (const reference of new Set(references)) {
      const [, name] = /^#\/components\/schemas\/(\w+)$/.exec(reference) ?? [];
      expect(document.components.schemas, reference).toHaveProperty(name ?? 'nothing');
    }
    for (const name of ['Room', 'Member', 'RoomEntry', 'Run', 'RunResult', 'Language', 'Problem']) {
      expect(document.components.schemas).toHaveProperty(name);
    }
    expect(JSON.stringify(document)).not.toContain('"$id"');
  });

  it('API-6 is valid, as an outside linter sees it', async () => {
    const config = await createConfig({
      extends: ['minimal'],
      // What browsers are led through answers by leading them on.
      rules: { 'operation-2xx-response': 'off' },
    });
    const problems = await lintFromString({ source: JSON.stringify(document), config });
    expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
  });

  it('API-7 is shown by Swagger UI and ReDoc without anything from elsewhere', async () => {
    for (const path of ['/docs', '/redoc']) {
      const page = await fetch(app.url + path);
      const html = await page.text();
      expect(page.status, path).toBe(200);
      expect(page.headers.get('content-type')).toMatch(/^text\/html/);
      expect(html).not.toMatch(/(src|href)=["']?(https?:)?\/\//);
      const policy = page.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toMatch(/https:|unsafe-eval|\*/);
      for (const [, file] of html.matchAll(/(?:src|href)=["']([^"']+)["']/g)) {
        const answer = await fetch(new URL(file ?? '', `${app.url}${path}/`));
        expect(answer.status, `${path} ${file}`).toBe(200);
        // Nor does a script ask for a picture or a font from there.
        expect(await answer.text(), `${path} ${file}`).not.toMatch(/https?:\/\/cdn\./);
      }
    }
  });
});
