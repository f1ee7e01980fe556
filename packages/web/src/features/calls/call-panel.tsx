/** The panel of the call: before it, and in it. The call itself goes on when the panel is closed. */
import { useStore } from '../../store.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { InCall } from './in-call.tsx';
import { PreJoin } from './pre-join.tsx';
import '../../styles/forms.css';
import './calls.css';

export default function CallPanel({ room }: { room: OpenRoom }) {
  const call = useStore(room.call);
  return call === null ? <PreJoin room={room} /> : <InCall room={room} call={call} />;
}
