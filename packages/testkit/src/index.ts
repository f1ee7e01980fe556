/** What tests start, connect and wait with; product code never imports it. */
export * from './browser.ts';
export * from './container.ts';
export * from './databases.ts';
export * from './document-client.ts';
export * from './elsewhere.ts';
export * from './fault-proxy.ts';
export * from './masked-server.ts';
export * from './process-usage.ts';
export * from './randomness.ts';
export * from './redis.ts';
export * from './room-client.ts';
export * from './server-process.ts';
export * from './temporary-folder.ts';
export * from './until.ts';
