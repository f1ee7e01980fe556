/** Moves while one is heard: whether the microphone works is seen before anybody has to say that it does not. */
import { useEffect, useRef } from 'react';
import { useStore } from '../../store.ts';
import { createLoudness, speechLoudness } from './loudness.ts';
import type { OwnMedia } from './own-media.ts';

const lookMs = 80;
/** Speech is a fifth of what can be measured, and shown as half of the bar. */
const shownScale = 2.5;

export function LoudnessBar({ media }: { media: OwnMedia }) {
  const bar = useRef<HTMLDivElement>(null);
  const state = useStore(media.microphone);
  const track = state.name === 'on' ? state.track : null;
  useEffect(() => {
    if (track === null) return;
    const meter = createLoudness(track);
    const timer = setInterval(() => {
      const loudness = meter.measure();
      bar.current?.style.setProperty('--loudness', `${Math.min(1, loudness * shownScale)}`);
      bar.current?.setAttribute('data-heard', String(loudness > speechLoudness));
    }, lookMs);
    return () => {
      clearInterval(timer);
      meter.close();
    };
  }, [track]);
  if (track === null) return null;
  return (
    <div className="call-loudness">
      <div ref={bar} className="call-loudness-bar" aria-hidden="true" />
      <small>The bar moves while your microphone hears you.</small>
    </div>
  );
}
