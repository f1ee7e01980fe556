/** A camera or a screen, as it comes. */
import { useTrackPicture } from './use-track-picture.ts';

export interface PictureProps {
  track: MediaStreamTrack;
  label: string;
  /** One's own face, as in a mirror. */
  isMirrored?: boolean;
}

export function Picture({ track, label, isMirrored = false }: PictureProps) {
  const video = useTrackPicture(track);
  return (
    <video
      ref={video}
      className="call-picture"
      data-mirrored={isMirrored}
      aria-label={label}
      autoPlay
      muted
      playsInline
      disablePictureInPicture={isMirrored}
    />
  );
}
