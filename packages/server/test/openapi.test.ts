import { errorRows } from '@coderoom/protocol';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenApi, type Operation, openApp, type RunningApp } from './running-app.ts';

let app: RunningApp;
let document: OpenApi;
let operations: { name: string; operation: Operation }[];

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' });
  document = (await app.ask('GET', '/openapi.json')).body;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
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
        'GET /api/v2/rooms/{room}/runs',
        'POST /api/v2/rooms/{room}/runs',
        'GET /api/v2/rooms/{room}/runs/{run}',
        'DELETE /api/v2/rooms/{room}/runs/{run}',
        'GET /api/v2/rooms/{room}/runs/{run}/events',
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
        statuses.some((status) => status.startsWith('2')),
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

  it('API-6 marks what needs a room token', () => {
    for (const { name, operation } of operations) {
      const needsToken = name.includes('{room}') && !name.endsWith('/join');
      expect(operation.security, name).toEqual(
        needsToken
          ? [{ roomToken: [] }]
          : name.endsWith('/join')
            ? [{}, { roomToken: [] }]
            : name === 'GET /metrics'
              ? [{}, { metricsToken: [] }]
              : [],
      );
      expect('401' in operation.responses, name).toBe(name.includes('{room}'));
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
    const config = await createConfig({ extends: ['minimal'] });
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
