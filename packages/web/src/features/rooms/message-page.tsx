/** A whole page that says what is the matter, and what to do next. */
import { type ReactNode, useEffect, useRef } from 'react';
import { navigation } from '../../browser-navigation.ts';
import { Logo } from '../layout/logo.tsx';
import { ThemeSwitch } from '../theme/theme-switch.tsx';
import './message-page.css';

export interface MessagePageProps {
  title: string;
  text: string;
  /** The next step that most likely helps; going to the first page is always offered. */
  action?: { label: string; act: () => void };
  children?: ReactNode;
}

export function MessagePage({ title, text, action, children }: MessagePageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – Coderoom`;
    heading.current?.focus();
  }, [title]);
  return (
    <div className="message-page">
      <header className="landing-bar">
        <a className="brand" href="/">
          <Logo />
          Coderoom
        </a>
        <ThemeSwitch />
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
          <button
            type="button"
            className={action === undefined ? 'button primary' : 'button'}
            onClick={() => navigation.go('/')}
          >
            Go to the start page
          </button>
        </div>
      </main>
    </div>
  );
}
