import { mkdirSync, writeFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '@coderoom/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigError, loadConfig, readConfig } from './config.ts';

const read = (environment: Record<string, string>) => readConfig(environment, '/srv/coderoom');

describe('configuration', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it('CONFIG-1 needs nothing: every variable has a default', () => {
    expect(read({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      dataDir: '/srv/coderoom/data',
      databaseUrl: undefined,
      publicUrl: undefined,
      proxies: 'none',
      corsOrigins: [],
      logLevel: 'info',
      secretKey: undefined,
      execution: 'auto',
      toolchainsDir: undefined,
      rateLimits: 'on',
      redisUrl: undefined,
      oidc: undefined,
      metricsToken: undefined,
      guestRoomDays: 30,
      roomsPerAccount: 500,
      roomsPerAddress: 1_000,
      profileServices: {
        github: { baseUrl: 'https://api.github.com', isOwnChoice: false },
        leetcode: { baseUrl: 'https://leetcode.com', isOwnChoice: false },
        codeforces: { baseUrl: 'https://codeforces.com/api', isOwnChoice: false },
      },
      dialects: ['codecast', 'code-connect-live', 'codecall', 'codechill', 'code-interview'],
      relays: { urls: [], secret: undefined },
    });
  });

  it('CONFIG-1 takes the days for which rooms of guests are kept', () => {
    expect(read({ GUEST_ROOM_DAYS: '7' }).guestRoomDays).toBe(7);
    expect(read({ GUEST_ROOM_DAYS: '0' }).guestRoomDays).toBe(0);
    for (const days of ['-1', '1.5', 'never', '1e3'])
      expect(() => read({ GUEST_ROOM_DAYS: days })).toThrow('GUEST_ROOM_DAYS');
  });

  it('CONFIG-1 takes how many rooms one may have', () => {
    expect(read({ ROOMS_PER_ACCOUNT: '7', ROOMS_PER_ADDRESS: '0' })).toMatchObject({
      roomsPerAccount: 7,
      roomsPerAddress: 0,
    });
    for (const rooms of ['-1', '1.5', 'any', '1e3'])
      expect(() => read({ ROOMS_PER_ACCOUNT: rooms })).toThrow('ROOMS_PER_ACCOUNT');
  });

  it('CONFIG-1 takes an empty variable for one that is not set', () => {
    expect(read({ PORT: '', REDIS_URL: ' ', SECRET_KEY: '' })).toEqual(read({}));
  });

  it('reads what is set', () => {
    const config = read({
      PORT: '0',
      HOST: '::1',
      DATA_DIR: 'elsewhere',
      DATABASE_URL: 'postgresql://u:p@db/coderoom',
      PUBLIC_URL: 'https://code.example.org/',
      CORS_ORIGINS: 'https://a.example, http://b.example:8080',
      LOG_LEVEL: 'DEBUG',
      SECRET_KEY: 'x'.repeat(32),
      EXECUTION: 'off',
      TOOLCHAINS_DIR: '/srv/toolchains',
      RATE_LIMITS: 'off',
    });
    expect(config).toMatchObject({
      port: 0,
      host: '::1',
      dataDir: '/srv/coderoom/elsewhere',
      databaseUrl: 'postgresql://u:p@db/coderoom',
      corsOrigins: ['https://a.example', 'http://b.example:8080'],
      logLevel: 'debug',
      secretKey: 'x'.repeat(32),
      execution: 'off',
      toolchainsDir: '/srv/toolchains',
      rateLimits: 'off',
    });
    expect(config.publicUrl?.origin).toBe('https://code.example.org');
  });

  it('reads which services are asked', () => {
    const config = read({
      REDIS_URL: 'rediss://u:p@cache:6380/2',
      OIDC_ISSUER: 'https://login.example.org/realms/one',
      OIDC_CLIENT_ID: 'coderoom',
      OIDC_CLIENT_SECRET: 'hush',
      OIDC_AUDIENCE: 'https://api.example.org',
      METRICS_TOKEN: 'a token of some length',
      GITHUB_API_URL: 'https://github.example.org/api/v3/',
      LEETCODE_API_URL: 'off',
      CODEFORCES_API_URL: 'http://127.0.0.1:4000',
    });
    expect(config).toMatchObject({
      redisUrl: 'rediss://u:p@cache:6380/2',
      oidc: { clientId: 'coderoom', clientSecret: 'hush', audience: 'https://api.example.org' },
      metricsToken: 'a token of some length',
      profileServices: {
        github: { baseUrl: 'https://github.example.org/api/v3', isOwnChoice: true },
        leetcode: { baseUrl: undefined, isOwnChoice: true },
        codeforces: { baseUrl: 'http://127.0.0.1:4000', isOwnChoice: true },
      },
    });
    expect(config.oidc?.issuer.href).toBe('https://login.example.org/realms/one');
  });

  it('CALL-9 reads relays: TURN needs its secret, STUN none', () => {
    const TURN_URL = 'turn:turn.example.org:3478?transport=udp, turns:[2001:db8::1]:5349, stun:127.0.0.1';
    expect(read({ TURN_URL, TURN_SECRET: 'shared' }).relays).toEqual({
      urls: ['turn:turn.example.org:3478?transport=udp', 'turns:[2001:db8::1]:5349', 'stun:127.0.0.1'],
      secret: 'shared',
    });
    expect(read({ TURN_URL: 'stun:stun.example.org' }).relays.secret).toBeUndefined();
    expect(() => read({ TURN_URL: 'stun:stun.example.org', TURN_SECRET: 'x' })).toThrow(/^TURN_SECRET means nothing/);
    expect(() => read({ TURN_URL: 'turn:turn.example.org' })).toThrow(/^TURN_SECRET must be set/);
  });

  it('takes an issuer by http only on this machine, and a client without a secret', () => {
    const oidc = (issuer: string) => read({ OIDC_ISSUER: issuer, OIDC_CLIENT_ID: 'coderoom' }).oidc;
    for (const issuer of ['http://127.0.0.1:4444', 'http://localhost:4444', 'http://[::1]:4444']) {
      expect(oidc(issuer)).toMatchObject({ clientSecret: undefined, audience: undefined });
    }
    for (const issuer of [
      'http://login.example.org',
      'http://127.0.0.1.example.org',
      'https://u:p@login.example.org',
    ]) {
      expect(() => oidc(issuer)).toThrow(/^OIDC_ISSUER /);
    }
    expect(() => read({ OIDC_ISSUER: 'https://login.example.org' })).toThrow(/^OIDC_CLIENT_ID /);
  });

  it('believes proxies that are named by address or network', () => {
    expect(read({ TRUST_PROXY: 'on' }).proxies).toBe('any');
    const { proxies } = read({ TRUST_PROXY: '10.1.0.0/16, 127.0.0.1, fd00::/8' });
    if (!(proxies instanceof BlockList)) throw new Error('expected a list');
    expect(proxies.check('10.1.2.3')).toBe(true);
    expect(proxies.check('10.2.2.3')).toBe(false);
    expect(proxies.check('127.0.0.1')).toBe(true);
    expect(proxies.check('fd12::1', 'ipv6')).toBe(true);
  });

  it.each([
    ['PORT', '70000'],
    ['PORT', '-1'],
    ['PORT', '80a'],
    ['PORT', '1e3'],
    ['DATABASE_URL', 'oracle://db'],
    ['PUBLIC_URL', 'code.example.org'],
    ['PUBLIC_URL', 'https://code.example.org/rooms'],
    ['PUBLIC_URL', 'ftp://code.example.org'],
    ['TRUST_PROXY', 'yes'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '10.0.0.1/'],
    ['CORS_ORIGINS', 'a.example'],
    ['CORS_ORIGINS', 'https://a.example/path'],
    ['CORS_ORIGINS', '*'],
    ['LOG_LEVEL', 'loud'],
    ['SECRET_KEY', 'short'],
    ['EXECUTION', 'docker'],
    ['RATE_LIMITS', 'maybe'],
    ['REDIS_URL', 'cache:6379'],
    ['REDIS_URL', 'http://cache:6379'],
    ['REDIS_URL', 'redis://cache/one'],
    ['OIDC_ISSUER', 'login.example.org'],
    ['OIDC_ISSUER', 'https://login.example.org/?a=b'],
    ['OIDC_CLIENT_ID', 'alone'],
    ['OIDC_CLIENT_SECRET', 'alone'],
    ['OIDC_AUDIENCE', 'alone'],
    ['METRICS_TOKEN', 'short'],
    ['GITHUB_API_URL', 'api.github.com'],
    ['LEETCODE_API_URL', 'ftp://leetcode.com'],
    ['CODEFORCES_API_URL', 'https://u:p@codeforces.com'],
    ['TURN_URL', 'turn.example.org'],
    ['TURN_URL', 'https://turn.example.org'],
    ['TURN_URL', 'turn:'],
    ['TURN_URL', 'turn:turn.example.org?transport=quic'],
    ['TURN_URL', 'stun:stun.example.org, turn://turn.example.org'],
    ['TURN_SECRET', 'alone'],
  ])('CONFIG-2 a bad value stops the start with a message that names the variable: %s=%s', (variable, value) => {
    expect(() => read({ [variable]: value })).toThrow(ConfigError);
    expect(() => read({ [variable]: value })).toThrow(new RegExp(`^${variable} `));
  });

  it('CONFIG-2 does not show back what may hold a password', () => {
    expect(() => read({ DATABASE_URL: 'oracle://u:hunter2@db' })).toThrow(/^(?!.*hunter2)/);
    expect(() => read({ SECRET_KEY: 'hunter2' })).toThrow(/^(?!.*hunter2)/);
    expect(() => read({ REDIS_URL: 'http://:hunter2@cache' })).toThrow(/^(?!.*hunter2)/);
    expect(() => read({ OIDC_CLIENT_SECRET: 'hunter2' })).toThrow(/^(?!.*hunter2)/);
    expect(() => read({ METRICS_TOKEN: 'hunter2' })).toThrow(/^(?!.*hunter2)/);
    expect(() => read({ TURN_SECRET: 'hunter2' })).toThrow(/^(?!.*hunter2)/);
    expect(() => read({ GITHUB_API_URL: 'https://u:hunter2@github.com' })).toThrow(/^(?!.*hunter2)/);
  });

  it('DIA-8 CONFIG-2 serves all systems, those that DIALECTS names, or none', () => {
    const all = ['codecast', 'code-connect-live', 'codecall', 'codechill', 'code-interview'];
    expect(read({}).dialects).toEqual(all);
    expect(read({ DIALECTS: 'codechill, CodeCast' }).dialects).toEqual(['codechill', 'codecast']);
    expect(read({ DIALECTS: 'none' }).dialects).toEqual([]);
    expect(() => read({ DIALECTS: 'codecast,slack' })).toThrow(/^DIALECTS .*"slack" is none/);
    expect(() => read({ DIALECTS: 'codecast,' })).toThrow(/^DIALECTS /);
  });

  it('CONFIG-3 takes EXECUTION=judge0 with its address, and the address with nothing else', () => {
    const env = { EXECUTION: 'judge0', JUDGE0_URL: 'http://judge0:2358/', JUDGE0_KEY: 'hunter2' };
    expect(read(env).judge0).toEqual({ url: 'http://judge0:2358', key: 'hunter2' });
    expect(() => read({ EXECUTION: 'judge0' })).toThrow(/^JUDGE0_URL must be set/);
    expect(() => read({ JUDGE0_URL: 'http://judge0:2358' })).toThrow(/^JUDGE0_URL means nothing/);
    expect(() => read({ JUDGE0_KEY: 'hunter2' })).toThrow(/^JUDGE0_KEY means nothing/);
    for (const url of ['judge0', 'ftp://judge0', 'http://u:hunter2@judge0', 'http://judge0?key=hunter2']) {
      expect(() => read({ EXECUTION: 'judge0', JUDGE0_URL: url })).toThrow(/^JUDGE0_URL (?!.*hunter2)/);
    }
  });

  it('CONFIG-4 reads .env of the working directory, over which the real environment wins', () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, '.env'), 'PORT=4001\nHOST="0.0.0.0" # everywhere\n');
    vi.spyOn(process, 'cwd').mockReturnValue(folder.path);
    vi.stubEnv('PORT', '4002');
    vi.stubEnv('HOST', undefined);
    expect(loadConfig()).toMatchObject({ port: 4002, host: '0.0.0.0' });
  });

  it('CONFIG-4 names .env when it cannot be read', () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, '.env'));
    vi.spyOn(process, 'cwd').mockReturnValue(folder.path);
    expect(() => loadConfig()).toThrow(/^\.env cannot be read/);
  });
});
