import { beforeEach, describe, expect, it, vi } from 'vitest';
import { OwnMedia } from './own-media.ts';

/** A track as far as it is used here. */
class FakeTrack extends EventTarget {
  enabled = true;
  isStopped = false;
  contentHint = '';
  readonly label: string;
  constructor(label: string) {
    super();
    this.label = label;
  }
  stop() {
    this.isStopped = true;
  }
}

/** Devices that answer when they are told to. */
class FakeDevices extends EventTarget {
  readonly asked: { wanted: object; answer: (track: FakeTrack) => void; refuse: (name: string) => void }[] = [];
  enumerateDevices = async () => [];
  getUserMedia = (wanted: object) => this.#ask(wanted);
  getDisplayMedia = (wanted: object) => this.#ask(wanted);
  #ask(wanted: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.asked.push({
        wanted,
        answer: (track) => resolve({ getTracks: () => [track], getVideoTracks: () => [track] }),
        refuse: (name) => reject(new DOMException('', name)),
      });
    });
  }
}

let devices: FakeDevices;
let media: OwnMedia;
const asked = (index: number) => devices.asked[index] ?? expect.fail(`nothing was asked for ${index} times`);

beforeEach(() => {
  devices = new FakeDevices();
  vi.stubGlobal('navigator', { mediaDevices: devices });
  vi.stubGlobal(
    'MediaStream',
    class {
      id = Math.random().toString();
    },
  );
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
  media = new OwnMedia();
});

async function microphoneOn(track = new FakeTrack('first')): Promise<FakeTrack> {
  const on = media.toggleMicrophone();
  asked(devices.asked.length - 1).answer(track);
  await on;
  return track;
}

describe('one’s own devices', () => {
  it('WEB-123 asks for nothing before something is turned on', () => {
    expect(devices.asked).toEqual([]);
    expect(media.track('microphone')).toBeNull();
  });

  it('WEB-123 a muted microphone is held and silent, and needs no waiting to be heard again', async () => {
    const track = await microphoneOn();
    await media.toggleMicrophone();
    expect([track.enabled, track.isStopped]).toEqual([false, false]);
    expect(media.microphone.get()).toMatchObject({ name: 'on', muted: true });
    await media.toggleMicrophone();
    expect(track.enabled).toBe(true);
    expect(devices.asked).toHaveLength(1);
  });

  it('WEB-123 a camera that is turned off is given back', async () => {
    const on = media.toggleCamera();
    const track = new FakeTrack('camera');
    asked(0).answer(track);
    await on;
    await media.toggleCamera();
    expect(track.isStopped).toBe(true);
    expect(media.camera.get()).toEqual({ name: 'off' });
  });

  it('WEB-123 what comes after it was turned off again, or after all was closed, is given back', async () => {
    const first = media.toggleCamera();
    await media.toggleCamera();
    const late = new FakeTrack('late');
    asked(0).answer(late);
    await first;
    expect(late.isStopped).toBe(true);
    expect(media.camera.get()).toEqual({ name: 'off' });

    const second = media.toggleCamera();
    media.close();
    const later = new FakeTrack('later');
    asked(1).answer(later);
    await second;
    expect(later.isStopped).toBe(true);
    expect(media.track('camera')).toBeNull();
  });

  it('WEB-123 closing gives everything back', async () => {
    const track = await microphoneOn();
    const sharing = media.toggleScreen();
    const screen = new FakeTrack('screen');
    asked(1).answer(screen);
    await sharing;
    media.close();
    expect([track.isStopped, screen.isStopped]).toEqual([true, true]);
  });

  it('WEB-123 another microphone is taken at once, stays muted, and the old one is given back', async () => {
    const before = await microphoneOn();
    await media.toggleMicrophone();
    const change = media.choose('microphone', 'other');
    const after = new FakeTrack('other');
    asked(1).answer(after);
    await change;
    expect(asked(1).wanted).toEqual({ audio: { deviceId: 'other' } });
    expect([before.isStopped, after.isStopped, after.enabled]).toEqual([true, false, false]);
    expect(media.devices.chosen('microphone')).toBe('other');
  });

  it('WEB-121 what was refused is told, and can be tried again', async () => {
    const on = media.toggleMicrophone();
    asked(0).refuse('NotAllowedError');
    await on;
    expect(media.microphone.get()).toMatchObject({ name: 'failed', problem: expect.stringContaining('allow') });
    await microphoneOn();
    expect(media.microphone.get()).toMatchObject({ name: 'on', muted: false });
  });

  it('WEB-121 a microphone that was unplugged is told; a screen that is no longer shared is simply off', async () => {
    const track = await microphoneOn();
    track.dispatchEvent(new Event('ended'));
    expect(media.microphone.get()).toMatchObject({ name: 'failed', problem: expect.stringContaining('gone') });
    const sharing = media.toggleScreen();
    const screen = new FakeTrack('screen');
    asked(1).answer(screen);
    await sharing;
    screen.dispatchEvent(new Event('ended'));
    expect(media.screen.get()).toEqual({ name: 'off' });
  });

  it('WEB-121 a page without a right to any device says so', async () => {
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('isSecureContext', false);
    const own = new OwnMedia();
    await own.toggleMicrophone();
    expect(own.microphone.get()).toMatchObject({ name: 'failed', problem: expect.stringContaining('https') });
  });
});
