import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@coderoom/testkit';
import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import type { Http } from './http.ts';
import { registerStatic } from './static.ts';

it('WEB-162 gives the frame of programs an origin of its own, and nothing to reach but what anybody may have', async () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'assets'));
  for (const name of ['index.html', 'runner.html', 'assets/app.js']) writeFileSync(join(folder.path, name), 'text');
  const http = fastify();
  await registerStatic(http as unknown as Http, { folder: folder.path, rootForPrograms: undefined });
  const get = (url: string, host = 'code.example.org:3000') => http.inject({ url, headers: { host } });

  const policy = String((await get('/runner.html')).headers['content-security-policy']).split('; ');
  expect(policy).toEqual([
    'sandbox allow-scripts',
    "default-src 'none'",
    "script-src code.example.org:3000/assets/ blob: 'wasm-unsafe-eval'",
    'connect-src code.example.org:3000/assets/',
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ]);
  // What a host's name may not hold gets no say.
  for (const host of ['x; script-src *', '*', '[::1]:3000']) {
    const held = String((await get('/runner.html', host)).headers['content-security-policy']);
    expect(held, host).toContain("script-src 'self' blob: 'wasm-unsafe-eval'; connect-src 'self'; worker-src");
    // And both policies have to agree: of what is ours, these paths.
    expect(held, host).toMatch(/, script-src \*:\*\/assets\/ blob: 'wasm-unsafe-eval'; connect-src \*:\*\/assets\/$/);
  }
  expect((await get('/assets/app.js')).headers).toMatchObject({
    'access-control-allow-origin': '*',
    'cache-control': 'public, max-age=31536000, immutable',
  });
  for (const url of ['/', '/r/abcd', '/runner.html']) {
    expect((await get(url)).headers['access-control-allow-origin'], url).toBeUndefined();
  }
  await http.close();
});
