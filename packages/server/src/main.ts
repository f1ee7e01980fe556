import { limits } from '@coderoom/protocol';
import { type App, createApp, SandboxMissing } from './app.ts';
import { type Config, ConfigError, loadConfig } from './config.ts';
import type { ExecutionReport } from './execution.ts';
import { DataInUse } from './storage/data-in-use.ts';

/** Environment → configuration → application → listen → drain. Nothing is decided here. */

const config = configure();
const app = await start(config);

process.on('unhandledRejection', (reason) => crash(reason));
process.on('uncaughtException', (error) => crash(error));

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  let signalled = false;
  process.on(signal, () => {
    if (signalled) process.exit(1);
    signalled = true;
    stop(signal);
  });
}

function configure(): Config {
  try {
    return loadConfig();
  } catch (error) {
    if (error instanceof ConfigError) giveUp(error.message);
    throw error;
  }
}

async function start(configuration: Config): Promise<App> {
  try {
    const created = await createApp(configuration);
    const address = await created.listen();
    console.log(describeStart(created, address, configuration));
    created.execution().then((report) => console.log(describeExecution(report)));
    return created;
  } catch (error) {
    giveUp(explain(error, configuration));
  }
}

function stop(signal: string): void {
  console.log(`\n${signal}: saving what is pending and stopping; once more stops at once.`);
  setTimeout(() => {
    console.error(`Not everything could be put away within ${limits.drainTimeoutMs / 1000} s.`);
    process.exit(1);
  }, limits.drainTimeoutMs).unref();
  app.close().then(
    () => process.exit(0),
    (error) => crash(error),
  );
}

/** A bug: nothing can be relied on any more. What was acknowledged as durable is in the database. */
function crash(error: unknown): never {
  console.error(JSON.stringify({ level: 60, time: Date.now(), msg: 'the server failed', stack: stackOf(error) }));
  process.exit(1);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function giveUp(message: string): never {
  console.error(message);
  process.exit(1);
}

/** Why the start failed, for the person at the terminal. */
function explain(error: unknown, { host, port, dataDir }: Config): string {
  if (error instanceof DataInUse) {
    const other = error.variable === 'DATA_DIR' ? 'folder' : 'database';
    return `${error.message}.\nStop that server, or set ${error.variable} to another ${other}.`;
  }
  if (error instanceof SandboxMissing || !(error instanceof Error)) return String((error as Error).message ?? error);
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken by another program. Stop it, or set PORT to another one (0: any free one).`;
  }
  if (syscall === 'listen' && code === 'EACCES') return `PORT ${port} may not be used: ports below 1024 are for root.`;
  if (syscall === 'listen' || syscall === 'getaddrinfo') return `HOST ${host} is no address of this machine (${code}).`;
  if (syscall !== undefined) return `DATA_DIR ${dataDir} cannot be used: ${error.message}`;
  // What names a variable is put in words for people; anything else is a bug, whose stack helps.
  return /\b(DATABASE_URL|DATA_DIR)\b/.test(error.message) ? error.message : stackOf(error);
}

function describeStart({ version, database }: App, address: string, { dataDir, publicUrl }: Config): string {
  // Who listens everywhere is reached here by name.
  const openAt = publicUrl?.origin ?? address.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:)/, '//localhost');
  return [
    `Coderoom ${version}`,
    '',
    `  Open        ${openAt}`,
    ...(openAt === address ? [] : [`  Listening   ${address}`]),
    `  Data        ${dataDir}`,
    `  Database    ${database}`,
  ].join('\n');
}

function describeExecution({ tier, summary, advice }: ExecutionReport): string {
  return [`  Code runs   ${tier}: ${summary}`, ...advice.map((line) => `              ${line}`), ''].join('\n');
}
