import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { clientAddress, createOrigins } from './origin.ts';

const request = (headers: Record<string, string>, remoteAddress = '203.0.113.9') =>
  ({ headers: { host: 'localhost:3000', ...headers }, socket: { remoteAddress } }) as unknown as IncomingMessage;
const config = (environment: Record<string, string> = {}) => readConfig(environment, '/');

describe('origins', () => {
  it('GATE-1 our own host and none at all are allowed', () => {
    const origins = createOrigins(config());
    expect(origins.allows(request({}))).toBe(true);
    expect(origins.allows(request({ origin: 'http://localhost:3000' }))).toBe(true);
    expect(origins.allows(request({ origin: 'https://localhost:3000' }))).toBe(true);
  });

  it.each(['https://evil.test', 'null', 'http://localhost:3001', 'http://localhost.evil.test:3000', '', 'http://'])(
    'GATE-1 another origin is refused: %s',
    (origin) => {
      expect(createOrigins(config()).allows(request({ origin }))).toBe(false);
    },
  );

  it('GATE-1 listed origins and PUBLIC_URL are allowed, with their scheme and nothing around them', () => {
    const origins = createOrigins(config({ CORS_ORIGINS: 'https://good.test', PUBLIC_URL: 'https://code.test' }));
    for (const origin of ['https://good.test', 'https://code.test']) {
      expect(origins.allows(request({ origin })), origin).toBe(true);
    }
    for (const origin of [
      'http://good.test',
      'https://good.test.evil.test',
      'https://evilgood.test',
      'http://code.test',
    ]) {
      expect(origins.allows(request({ origin })), origin).toBe(false);
    }
  });

  it('GATE-1 X-Forwarded-Host counts only from a proxy that is believed', () => {
    const forged = { origin: 'https://evil.test', 'x-forwarded-host': 'evil.test' };
    expect(createOrigins(config()).allows(request(forged))).toBe(false);
    const origins = createOrigins(config({ TRUST_PROXY: '10.0.0.1' }));
    expect(origins.allows(request(forged))).toBe(false);
    expect(origins.allows(request({ origin: 'https://code.test', 'x-forwarded-host': 'code.test' }, '10.0.0.1'))).toBe(
      true,
    );
  });
});

describe('client addresses', () => {
  const address = (environment: Record<string, string>, forwarded: string, peer?: string) =>
    clientAddress(request({ 'x-forwarded-for': forwarded }, peer), config(environment).proxies);

  it('LIMIT-2 X-Forwarded-For is ignored unless a proxy is configured', () => {
    expect(address({}, '198.51.100.1')).toBe('203.0.113.9');
    expect(address({ TRUST_PROXY: '10.0.0.1' }, '198.51.100.1')).toBe('203.0.113.9');
  });

  it('LIMIT-2 what the outermost believed proxy heard from is the client; what the client claims is not', () => {
    expect(address({ TRUST_PROXY: '10.0.0.1' }, '1.1.1.1, 198.51.100.1', '10.0.0.1')).toBe('198.51.100.1');
    expect(address({ TRUST_PROXY: '10.0.0.0/24' }, '1.1.1.1, 198.51.100.1, 10.0.0.7', '10.0.0.1')).toBe('198.51.100.1');
    expect(address({ TRUST_PROXY: 'on' }, '1.1.1.1, 198.51.100.1', '10.0.0.1')).toBe('198.51.100.1');
    expect(address({ TRUST_PROXY: 'on' }, 'nonsense', '10.0.0.1')).toBe('10.0.0.1');
  });

  it('takes an IPv4 address in IPv6 clothes for what it is', () => {
    expect(clientAddress(request({}, '::ffff:192.0.2.1'), 'none')).toBe('192.0.2.1');
  });
});
