/** What travels between the parts of Coderoom: schemas, event names, errors, limits. No I/O. */
export * from './account.ts';
export * from './audit.ts';
export * from './collab.ts';
export * from './colours.ts';
export * from './document.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './file.ts';
export * from './language.ts';
export * from './limits.ts';
export * from './member.ts';
export * from './names.ts';
export * from './profile.ts';
export * from './room.ts';
export * from './run.ts';
