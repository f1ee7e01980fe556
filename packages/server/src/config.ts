import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { limits } from '@coderoom/protocol';

/** What the environment says about this server; the only place that reads it. */
export interface Config {
  /** 0: any free port. */
  port: number;
  host: string;
  /** Absolute. */
  dataDir: string;
  /** Undefined: SQLite in the data directory. */
  databaseUrl: string | undefined;
  /** Where people reach this server, when that is not its own address. */
  publicUrl: URL | undefined;
  /** Whose X-Forwarded-For and X-Forwarded-Host are believed: nobody's, that of whoever connects, or of these. */
  proxies: 'none' | 'any' | BlockList;
  /** Origins of other sites whose pages may use the API and the sockets. */
  corsOrigins: string[];
  logLevel: (typeof logLevels)[number];
  /** Undefined: made once and kept in the data directory. */
  secretKey: string | undefined;
  execution: (typeof executions)[number];
  /** Undefined unless programs are run there. */
  judge0: Judge0Config | undefined;
  /** Where toolchain images are kept; undefined: the machine's usual place. */
  toolchainsDir: string | undefined;
  rateLimits: 'on' | 'off';
  /** Where counters are shared; undefined: in this process alone. May hold a password. */
  redisUrl: string | undefined;
  /** Undefined: people sign in by password only. */
  oidc: OidcConfig | undefined;
  /** Lets its bearer read /metrics from elsewhere than this machine. */
  metricsToken: string | undefined;
  /** After how many days without anybody in it a room of guests is deleted; 0: never. */
  guestRoomDays: number;
  /** How many rooms that have not ended one account, or all guests from one address, may have made; 0: any number. */
  roomsPerAccount: number;
  roomsPerAddress: number;
  profileServices: ProfileServices;
  /** Whose clients are served besides our own. */
  dialects: DialectName[];
  relays: RelayConfig;
}

/** The systems whose clients can be served. */
const dialectNames = ['codecast', 'code-connect-live', 'codecall', 'codechill', 'code-interview'] as const;
export type DialectName = (typeof dialectNames)[number];

/** STUN and TURN servers by which those in a call reach each other. */
interface RelayConfig {
  /** `stun:`, `stuns:`, `turn:` and `turns:` (RFC 7064, RFC 7065). */
  urls: string[];
  /** Shared with the TURN servers, to make credentials with; there where there is one of them. */
  secret: string | undefined;
}

/** An OpenID Connect provider that this server is registered with. */
export interface OidcConfig {
  issuer: URL;
  clientId: string;
  /** Undefined: a public client, by PKCE alone. */
  clientSecret: string | undefined;
  /** Whom the issuer's access tokens are made for, where it is not the client. */
  audience: string | undefined;
}

/** A Judge0 server. */
interface Judge0Config {
  /** Without a slash at its end. */
  url: string;
  key: string | undefined;
}

/** Where the numbers of a profile come from. */
export interface ProfileServices {
  github: ProfileService;
  leetcode: ProfileService;
  codeforces: ProfileService;
}

export interface ProfileService {
  /** Without a slash at its end. Undefined: turned off. */
  baseUrl: string | undefined;
  /** Named by who runs this server, who may mean an address of their own network; otherwise only public ones are asked. */
  isOwnChoice: boolean;
}

/** A variable has a value that this server cannot work with. The message names it and says what is allowed. */
export class ConfigError extends Error {
  constructor(variable: string, allowed: string) {
    super(`${variable} ${allowed}`);
    this.name = 'ConfigError';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration of this process: `.env` of the working directory, over which the real environment wins. */
export function loadConfig(): Config {
  const folder = process.cwd();
  return readConfig({ ...readEnvFile(join(folder, '.env')), ...process.env }, folder);
}

/** Reads and checks an environment; `folder` is what relative paths are relative to. */
export function readConfig(environment: Environment, folder: string): Config {
  const read = (variable: string) => environment[variable]?.trim() || undefined;
  return {
    port: readPort(read('PORT')),
    host: read('HOST') ?? '127.0.0.1',
    dataDir: resolve(folder, read('DATA_DIR') ?? 'data'),
    databaseUrl: readDatabaseUrl(read('DATABASE_URL')),
    publicUrl: readPublicUrl(read('PUBLIC_URL')),
    proxies: readProxies(read('TRUST_PROXY')),
    corsOrigins: readOrigins(read('CORS_ORIGINS')),
    logLevel: readChoice('LOG_LEVEL', read('LOG_LEVEL')?.toLowerCase() ?? 'info', logLevels),
    secretKey: readSecretKey(read('SECRET_KEY')),
    execution: readChoice('EXECUTION', read('EXECUTION') ?? 'auto', executions),
    judge0: readJudge0(read),
    toolchainsDir: readFolder(folder, read('TOOLCHAINS_DIR')),
    rateLimits: readChoice('RATE_LIMITS', read('RATE_LIMITS') ?? 'on', ['on', 'off']),
    redisUrl: readRedisUrl(read('REDIS_URL')),
    oidc: readOidc(read),
    metricsToken: readMetricsToken(read('METRICS_TOKEN')),
    guestRoomDays: readDays('GUEST_ROOM_DAYS', read('GUEST_ROOM_DAYS') ?? '30'),
    roomsPerAccount: readRoomsMax('ROOMS_PER_ACCOUNT', read, limits.roomsPerAccount),
    roomsPerAddress: readRoomsMax('ROOMS_PER_ADDRESS', read, limits.roomsPerAddress),
    profileServices: {
      github: readProfileService('GITHUB_API_URL', read, 'https://api.github.com'),
      leetcode: readProfileService('LEETCODE_API_URL', read, 'https://leetcode.com'),
      codeforces: readProfileService('CODEFORCES_API_URL', read, 'https://codeforces.com/api'),
    },
    dialects: readDialects(read('DIALECTS')),
    relays: readRelays(read),
  };
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const executions = ['auto', 'sandbox', 'judge0', 'browser', 'off'] as const;
const secretKeyMinLength = 32;
const metricsTokenMinLength = 16;
const portMax = 65_535;
const ipv4Bits = 32;
const ipv6Bits = 128;

type Read = (variable: string) => string | undefined;

function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError('.env', `cannot be read: ${(error as Error).message}`);
  }
}

function readPort(value = '3000'): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > portMax) {
    throw new ConfigError('PORT', `must be a number from 0 (any free port) to ${portMax}, not "${value}".`);
  }
  return port;
}

function readDatabaseUrl(value: string | undefined): string | undefined {
  if (value === undefined || /^(sqlite:|postgres(ql)?:\/\/|mysql:\/\/|mariadb:\/\/)./.test(value)) return value;
  // Not shown back: it may hold a password.
  throw new ConfigError('DATABASE_URL', 'must be sqlite:<path>, postgresql://… or mysql://….');
}

function readPublicUrl(value: string | undefined): URL | undefined {
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new ConfigError(
      'PUBLIC_URL',
      `must be an http or https address without a path, such as https://code.example.org, not "${value}".`,
    );
  }
  return url;
}

function readProxies(value = 'off'): Config['proxies'] {
  if (value === 'off') return 'none';
  if (value === 'on') return 'any';
  const proxies = new BlockList();
  for (const entry of value.split(',').map((part) => part.trim())) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address);
    const bits = Number(prefix ?? (family === 6 ? ipv6Bits : ipv4Bits));
    const isPrefix = Number.isInteger(bits) && bits >= 0 && bits <= (family === 6 ? ipv6Bits : ipv4Bits);
    if (family === 0 || !isPrefix || prefix === '') {
      throw new ConfigError(
        'TRUST_PROXY',
        `must be off, on, or the proxies' addresses (such as 10.0.0.1, 10.0.0.0/8), separated by commas; "${entry}" is none.`,
      );
    }
    proxies.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
  }
  return proxies;
}

function readOrigins(value = ''): string[] {
  const origins = value.split(',').map((origin) => origin.trim());
  return origins
    .filter((origin) => origin !== '')
    .map((origin) => {
      const url = URL.parse(origin);
      if (url === null || !/^https?:$/.test(url.protocol) || url.origin !== origin.replace(/\/$/, '').toLowerCase()) {
        throw new ConfigError(
          'CORS_ORIGINS',
          `must be origins such as https://app.example.org, separated by commas; "${origin}" is none.`,
        );
      }
      return url.origin;
    });
}

function readSecretKey(value: string | undefined): string | undefined {
  if (value === undefined || value.length >= secretKeyMinLength) return value;
  throw new ConfigError(
    'SECRET_KEY',
    `must have at least ${secretKeyMinLength} characters; this one has ${value.length}.`,
  );
}

function readRedisUrl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  const isDatabase = url !== null && /^(\/\d*)?$/.test(url.pathname) && url.search === '' && url.hash === '';
  // Not shown back: it may hold a password.
  if (!isDatabase || !/^rediss?:$/.test(url.protocol) || url.hostname === '') {
    throw new ConfigError('REDIS_URL', 'must be redis://host:port or rediss://host:port, with a database such as /1.');
  }
  return value;
}

function readOidc(read: Read): OidcConfig | undefined {
  const issuer = read('OIDC_ISSUER');
  const clientId = read('OIDC_CLIENT_ID');
  if (issuer === undefined) {
    for (const variable of ['OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_AUDIENCE']) {
      if (read(variable) !== undefined) throw new ConfigError(variable, 'means nothing without OIDC_ISSUER.');
    }
    return undefined;
  }
  const url = URL.parse(issuer);
  const isPlain = url !== null && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!isPlain || !isSafeTransport(url)) {
    throw new ConfigError(
      'OIDC_ISSUER',
      'must be an https address such as https://login.example.org (http only on this machine itself).',
    );
  }
  if (clientId === undefined) throw new ConfigError('OIDC_CLIENT_ID', 'must be set together with OIDC_ISSUER.');
  return { issuer: url, clientId, clientSecret: read('OIDC_CLIENT_SECRET'), audience: read('OIDC_AUDIENCE') };
}

/** What is sent in the clear must not leave this machine. */
function isSafeTransport({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true;
  return protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function readMetricsToken(value: string | undefined): string | undefined {
  if (value === undefined || value.length >= metricsTokenMinLength) return value;
  throw new ConfigError('METRICS_TOKEN', `must have at least ${metricsTokenMinLength} characters.`);
}

function readProfileService(variable: string, read: Read, standard: string): ProfileService {
  const value = read(variable);
  if (value === undefined) return { baseUrl: standard, isOwnChoice: false };
  if (value === 'off') return { baseUrl: undefined, isOwnChoice: true };
  const url = URL.parse(value);
  const isBare = url !== null && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!isBare || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(variable, `must be off, or an http or https address such as ${standard}.`);
  }
  return { baseUrl: url.href.replace(/\/+$/, ''), isOwnChoice: true };
}

/** The parts of a name or address that may stand before the port. */
const relayHost = String.raw`(?:[a-z\d](?:[a-z\d.-]*[a-z\d])?|\[[\da-f:.]+\])(?::\d{1,5})?`;
const stunUrl = new RegExp(`^stuns?:${relayHost}$`, 'i');
const turnUrl = new RegExp(`^turns?:${relayHost}(?:\\?transport=(?:udp|tcp))?$`, 'i');

function readRelays(read: Read): RelayConfig {
  const urls = (read('TURN_URL') ?? '')
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '');
  const wrong = urls.find((url) => !stunUrl.test(url) && !turnUrl.test(url));
  if (wrong !== undefined) {
    throw new ConfigError(
      'TURN_URL',
      `must be addresses such as turn:turn.example.org:3478?transport=udp, separated by commas; "${wrong}" is none.`,
    );
  }
  const secret = read('TURN_SECRET');
  const hasTurn = urls.some((url) => turnUrl.test(url));
  if (hasTurn && secret === undefined) throw new ConfigError('TURN_SECRET', 'must be set together with TURN_URL.');
  if (!hasTurn && secret !== undefined)
    throw new ConfigError('TURN_SECRET', 'means nothing without a turn: address in TURN_URL.');
  return { urls, secret };
}

function readDialects(value: string | undefined): DialectName[] {
  if (value === undefined) return [...dialectNames];
  if (value === 'none') return [];
  return value.split(',').map((part) => {
    const name = dialectNames.find((known) => known === part.trim().toLowerCase());
    if (name !== undefined) return name;
    throw new ConfigError(
      'DIALECTS',
      `must be none, or some of ${dialectNames.join(', ')}, separated by commas; "${part.trim()}" is none of them.`,
    );
  });
}

function readFolder(folder: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : resolve(folder, value);
}

function readJudge0(read: Read): Judge0Config | undefined {
  const url = read('JUDGE0_URL');
  const key = read('JUDGE0_KEY');
  if (read('EXECUTION') !== 'judge0') {
    for (const [variable, value] of Object.entries({ JUDGE0_URL: url, JUDGE0_KEY: key })) {
      if (value !== undefined) throw new ConfigError(variable, 'means nothing unless EXECUTION is judge0.');
    }
    return undefined;
  }
  if (url === undefined) throw new ConfigError('JUDGE0_URL', 'must be set when EXECUTION is judge0.');
  const found = URL.parse(url);
  const isBare = found !== null && found.search === '' && found.hash === '' && found.username === '';
  if (!isBare || !/^https?:$/.test(found.protocol)) {
    throw new ConfigError('JUDGE0_URL', 'must be an http or https address such as https://judge0.example.org.');
  }
  return { url: found.href.replace(/\/+$/, ''), key };
}

function readChoice<const Choice extends string>(variable: string, value: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new ConfigError(variable, `must be one of ${choices.join(', ')}, not "${value}".`);
  return found;
}

function readDays(variable: string, value: string): number {
  const days = Number(value);
  if (!/^\d{1,5}$/.test(value)) {
    throw new ConfigError(variable, `must be a number of days (0: for ever), not "${value}".`);
  }
  return days;
}

function readRoomsMax(variable: string, read: Read, standard: number): number {
  const value = read(variable) ?? String(standard);
  if (!/^\d{1,9}$/.test(value)) {
    throw new ConfigError(variable, `must be a number of rooms (0: as many as one likes), not "${value}".`);
  }
  return Number(value);
}
