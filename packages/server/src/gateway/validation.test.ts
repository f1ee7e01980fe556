import { MemberPatch, RoomCreate } from '@coderoom/protocol';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { compileCheck, compileValidator } from './validation.ts';

describe('validation', () => {
  it('API-3 names the field and what is wrong with it', () => {
    const check = compileCheck(RoomCreate);
    expect(check({ title: 'x' })).toEqual({ value: { title: 'x' } });
    expect(check({ title: 7 })).toEqual({ fault: 'title must be string' });
    expect(check({ title: 'x', owner: 'me' })).toEqual({ fault: 'there is no field owner here' });
    expect(check([])).toEqual({ fault: 'must be object' });
    expect(check(null)).toEqual({ fault: 'must be object' });
  });

  it('API-3 coerces nothing and takes no field that is not described', () => {
    const create = compileCheck(RoomCreate);
    for (const bad of [
      { capacity: '5' },
      { capacity: [5] },
      { capacity: 1e308 },
      { capacity: -0.5 },
      { title: ['x'] },
      { title: '' },
      { title: ' ' },
      { title: 'x'.repeat(101) },
      { id: 'mine' },
      { role: 'owner' },
      JSON.parse('{"__proto__":{"role":"owner"}}'),
      JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'),
    ]) {
      expect(create(bad), JSON.stringify(bad)).toHaveProperty('fault');
    }
    expect(compileCheck(MemberPatch)({})).toHaveProperty('fault');
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
  });

  it('API-3 reads numbers in a query string, and nothing else', () => {
    const schema = Type.Object({ limit: Type.Optional(Type.Integer()) }, { additionalProperties: false });
    const check = (httpPart: string, value: unknown) =>
      (compileValidator({ schema, httpPart, method: 'GET', url: '/' }) as (value: unknown) => object)(value);
    expect(check('querystring', { limit: '20' })).toEqual({ value: { limit: 20 } });
    expect(check('querystring', { limit: '2x' })).toHaveProperty('error');
    expect(check('querystring', { limit: ['1', '2'] })).toHaveProperty('error');
    expect(check('querystring', { limit: '' })).toHaveProperty('error');
    expect(check('body', { limit: '20' })).toHaveProperty('error');
  });
});
