import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const ruleId = /\b[A-Z]+-\d+\b/g;

const rules = [...readFileSync(join(root, 'SPEC.md'), 'utf8').matchAll(/^- \*\*([A-Z]+-\d+)\*\*/gm)].map(
  ([, id]) => id,
);
const kinds = new Set(rules.map((id) => id?.split('-')[0]));

const titles = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.test\.tsx?$/.test(path) && !path.includes('node_modules'))
  .flatMap((path) => readFileSync(join(root, 'packages', path), 'utf8').match(ruleId) ?? [])
  .filter((id) => kinds.has(id.split('-')[0]));

it('has every rule of SPEC.md once, and a test that names it', () => {
  expect(new Set(rules).size).toBe(rules.length);
  expect(rules.filter((id) => !titles.includes(id as string))).toEqual([]);
});

it('has no test that names a rule which SPEC.md does not have', () => {
  expect([...new Set(titles)].filter((id) => !rules.includes(id))).toEqual([]);
});
