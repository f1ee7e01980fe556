import { type ReactNode, useId } from 'react';

/** A part of a page, on a ground of its own and named by its heading. */
export function Section({ title, text, action, children }: SectionProps) {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <div className="section-head">
        <h2 id={id}>{title}</h2>
        {action}
      </div>
      {text !== undefined && <p className="section-text">{text}</p>}
      {children}
    </section>
  );
}

export interface SectionProps {
  title: string;
  text?: string;
  /** Stands beside the heading. */
  action?: ReactNode;
  children: ReactNode;
}
