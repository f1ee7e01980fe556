import { type RefObject, useEffect, useRef } from 'react';

/** A video element that shows this track. Without sound: that is played elsewhere. */
export function useTrackPicture(track: MediaStreamTrack | null): RefObject<HTMLVideoElement | null> {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    element.srcObject = track === null ? null : new MediaStream([track]);
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  return video;
}
