/** What the last run complained of, each to be gone to: for keys, fingers and screen readers, too. */
import { useStore } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import type { OpenRoom } from '../rooms/open-room.ts';
import type { RoomProblems } from './room-problems.ts';
import './problems.css';

export interface ProblemListProps {
  room: OpenRoom;
  problems: RoomProblems;
  /** The editor has been moved there. */
  onJump: () => void;
}

export function ProblemList({ room, problems, onJump }: ProblemListProps) {
  const list = useStore(problems.list);
  if (list.length === 0) return null;
  return (
    <ul className="problems" aria-label="Problems">
      {list.map((problem) => {
        const { path, line, message, severity } = problem;
        const [first = ''] = message.split('\n');
        return (
          <li key={`${path}:${line}:${message}`}>
            <button
              type="button"
              className="problem"
              data-severity={severity}
              title={message}
              onClick={() => {
                if (room.reveals.show(path, { name: 'go', ...problems.placeOf(problem) })) onJump();
              }}
            >
              <Icon name={severity === 'error' ? 'error' : 'warning'} size={15} />
              <span className="problem-place">
                {path}:{line}
              </span>
              <span className="sr-only">{severity}: </span>
              <span className="problem-said">{first}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
