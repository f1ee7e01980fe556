import { readFileSync } from 'node:fs';
import { errorRows } from '@coderoom/protocol';
import { expect, it } from 'vitest';

it('API-1 docs/errors.md lists every failure with its status and message, and no other', () => {
  const page = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \| (.+) \|$/gm)].map(([, code, status, message]) => ({
    code,
    status: Number(status),
    message,
  }));
  expect(rows).toEqual(errorRows);
});
