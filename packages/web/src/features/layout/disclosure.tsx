/** A heading that opens what is beneath it; that is made, and asked for, only then. */
import { type ReactNode, useId, useState } from 'react';
import { Icon } from './icon.tsx';

export function Disclosure({ title, children }: { title: string; children: () => ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <div className="disclosure">
      <h3>
        <button type="button" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
          <Icon name="chevron" size={16} />
          {title}
        </button>
      </h3>
      <div id={id} hidden={!isOpen}>
        {isOpen && children()}
      </div>
    </div>
  );
}
