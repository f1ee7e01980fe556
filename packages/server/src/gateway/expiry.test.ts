import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createExpiry } from './expiry.ts';

const day = 86_400_000;

describe('expiry', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('TOKEN-5 comes at its time, also when that is further away than a timer reaches', () => {
    const onExpired = vi.fn();
    createExpiry(60 * day, onExpired);
    vi.advanceTimersByTime(60 * day - 1);
    expect(onExpired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onExpired).toHaveBeenCalledOnce();
  });

  it('TOKEN-5 is moved by a renewal and can be called off', () => {
    const onExpired = vi.fn();
    const expiry = createExpiry(day, onExpired);
    expiry.set(2 * day);
    vi.advanceTimersByTime(2 * day - 1);
    expect(onExpired).not.toHaveBeenCalled();
    expiry.cancel();
    vi.advanceTimersByTime(day);
    expect(onExpired).not.toHaveBeenCalled();
  });

  it('TOKEN-5 comes at once when the time has passed', () => {
    const onExpired = vi.fn();
    createExpiry(-1, onExpired);
    vi.advanceTimersByTime(0);
    expect(onExpired).toHaveBeenCalledOnce();
  });
});
