/** A whole page that says what is the matter, and what to do next. */
import { Children, type ReactNode, useEffect, useRef } from 'react';
import { navigation } from '../../browser-navigation.ts';
import { AccountCorner } from '../accounts/account-corner.tsx';
import { Link } from '../layout/link.tsx';
import { Logo } from '../layout/logo.tsx';
import { ThemeSwitch } from '../theme/theme-switch.tsx';
import './message-page.css';

export interface MessagePageProps {
  title: string;
  text: string;
  /** The next step that most likely helps; going to the first page is always offered. */
  action?: { label: string; act: () => void };
  /** What going to the first page is called here. */
  leave?: string;
  children?: ReactNode;
}

export function MessagePage({ title, text, action, leave = 'Go to the start page', children }: MessagePageProps) {
  // What a page may hold, and does not, is counted by React as a child.
  const isOnly = action === undefined && Children.toArray(children).length === 0;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – Coderoom`;
    // Unless a field of the page has taken it already.
    if (!heading.current?.parentElement?.contains(document.activeElement)) heading.current?.focus();
  }, [title]);
  return (
    <div className="message-page">
      <header className="landing-bar">
        <Link className="brand" href="/">
          <Logo />
          Coderoom
        </Link>
        <div className="landing-bar-end">
          <ThemeSwitch />
          <AccountCorner />
        </div>
      </header>
      <main className="message">
        <div className="message-mark" aria-hidden="true">
          <span />
        </div>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <p>{text}</p>
        {children}
        <div className="message-actions">
          {action !== undefined && (
            <button type="button" className="button primary" onClick={action.act}>
              {action.label}
            </button>
          )}
          <button type="button" className={isOnly ? 'button primary' : 'button'} onClick={() => navigation.go('/')}>
            {leave}
          </button>
        </div>
      </main>
    </div>
  );
}
