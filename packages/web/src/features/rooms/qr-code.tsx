/** A link to be read by the camera of a phone. */
import { qrPath } from './qr-path.ts';
import './qr-code.css';

export default function QrCode({ link, label }: { link: string; label: string }) {
  const { side, path } = qrPath(link);
  return (
    <svg className="qr-code" role="img" aria-label={label} viewBox={`0 0 ${side} ${side}`} shapeRendering="crispEdges">
      <path d={path} />
    </svg>
  );
}
