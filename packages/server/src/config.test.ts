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
      rateLimits: 'on',
    });
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
      rateLimits: 'off',
    });
    expect(config.publicUrl?.origin).toBe('https://code.example.org');
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
  ])('CONFIG-2 a bad value stops the start with a message that names the variable: %s=%s', (variable, value) => {
    expect(() => read({ [variable]: value })).toThrow(ConfigError);
    expect(() => read({ [variable]: value })).toThrow(new RegExp(`^${variable} `));
  });

  it('CONFIG-2 does not show back what may hold a password', () => {
    expect(() => read({ DATABASE_URL: 'oracle://u:hunter2@db' })).toThrow(/^(?!.*hunter2)/);
    expect(() => read({ SECRET_KEY: 'hunter2' })).toThrow(/^(?!.*hunter2)/);
  });

  it.each(['REDIS_URL', 'OIDC_ISSUER', 'OIDC_CLIENT_ID', 'JUDGE0_URL', 'TURN_URL', 'TURN_SECRET', 'DIALECTS'])(
    'CONFIG-3 %s is refused rather than ignored',
    (variable) => {
      expect(() => read({ [variable]: 'something' })).toThrow(`${variable} is not supported yet by this version`);
    },
  );

  it.each(['judge0', 'browser'])('CONFIG-3 EXECUTION=%s says that it is not available yet', (value) => {
    expect(() => read({ EXECUTION: value })).toThrow(/EXECUTION .*not available yet in this version/);
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
