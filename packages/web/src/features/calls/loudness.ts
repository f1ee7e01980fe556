/** How loud a microphone is, for whoever wonders whether it works. */
export interface Loudness {
  /** From 0 to 1. */
  measure(): number;
  close(): void;
}

/** From here on somebody counts as speaking. */
export const speechLoudness = 0.02;

const samples = 512;

export function createLoudness(track: MediaStreamTrack): Loudness {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = samples;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const wave = new Float32Array(samples);
  return {
    measure() {
      analyser.getFloatTimeDomainData(wave);
      // The root of the mean square, as levels of sound are measured.
      return Math.sqrt(wave.reduce((sum, value) => sum + value * value, 0) / samples);
    },
    close: () => void context.close().catch(() => {}),
  };
}
