import { describe, expect, it } from 'vitest';
import { linkView } from './link-view.ts';
import type { LinkState } from './peer-link.ts';

const say = (state: LinkState, hasRelay = false) => linkView(state, { hasRelay });

describe('how one is connected', () => {
  it('WEB-122 is said in words, and whether a relay is in between', () => {
    expect(say({ name: 'connecting' })).toMatchObject({ tone: 'busy', text: 'Connecting …' });
    expect(say({ name: 'connected', relayed: false })).toMatchObject({ tone: 'good', text: 'Connected directly' });
    expect(say({ name: 'connected', relayed: true })).toMatchObject({
      tone: 'good',
      text: 'Connected through a relay',
    });
    expect(say({ name: 'reconnecting' })).toMatchObject({ tone: 'busy', text: 'Reconnecting …' });
  });

  it('WEB-122 where there is no way, it says what is missing: a relay, or a network that lets it be reached', () => {
    expect(say({ name: 'failed' })).toMatchObject({ tone: 'bad', text: 'No connection' });
    expect(say({ name: 'failed' }).help).toMatch(/no relay \(TURN\).*ask who runs the server/);
    expect(say({ name: 'failed' }, true).help).toMatch(/firewall.*another network/);
    for (const name of ['connecting', 'reconnecting'] as const) expect(say({ name }).help).toBeNull();
  });
});
