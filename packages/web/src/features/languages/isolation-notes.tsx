/** What runs have to do without on this server, and who can change that; nothing where nothing is amiss. */
import { useStore } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import { isolation } from './languages.ts';
import { tierNotes } from './tier-notes.ts';
import './languages.css';

export default function IsolationNotes() {
  const { tier, missing } = useStore(isolation);
  const notes = tier === null ? [] : tierNotes(tier, missing);
  if (notes.length === 0) return null;
  return (
    <div className="isolation-notes">
      <Icon name="shield" size={16} />
      <div>
        {notes.map((note) => (
          <p key={note}>{note}</p>
        ))}
      </div>
    </div>
  );
}
