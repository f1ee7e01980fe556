/** Asks others in: one press copies the link, and shows it with the room's code. */
import { useState } from 'react';
import { roomPath } from '../../navigation.ts';
import { copyText } from '../layout/copy-text.ts';
import { Icon } from '../layout/icon.tsx';
import { Popover } from '../layout/popover.tsx';
import { announce } from '../notices/announcer.ts';

type Copied = 'nothing' | 'link' | 'code' | 'failed';

export function InviteButton({ code, isNarrow }: { code: string; isNarrow: boolean }) {
  const link = `${location.origin}${roomPath(code)}`;
  const [copied, setCopied] = useState<Copied>('nothing');
  const copy = async (text: string, what: 'link' | 'code') => {
    const isCopied = await copyText(text);
    setCopied(isCopied ? what : 'failed');
    announce(isCopied ? `The ${what} is copied` : 'Copying is not allowed here: select it and copy it by hand');
  };
  /** Nobody asked for this copy: when it cannot be had, the buttons remain. */
  const copyAhead = async () => {
    setCopied('nothing');
    if (!(await copyText(link))) return;
    setCopied('link');
    announce('The link is copied');
  };
  return (
    <Popover
      label="Invite people"
      triggerClass={isNarrow ? 'icon-button' : 'button primary'}
      triggerLabel="Invite"
      trigger={
        <>
          <Icon name="link" />
          {!isNarrow && 'Invite'}
        </>
      }
      onOpen={() => void copyAhead()}
    >
      {() => (
        <div className="panel invite">
          <h2>Invite people</h2>
          <p className="panel-text">Whoever opens this link is in the room and can edit. No account is needed.</p>
          <div className="invite-row">
            <input
              className="field mono"
              aria-label="Link to this room"
              readOnly
              value={link}
              onFocus={(event) => event.currentTarget.select()}
            />
            <CopyButton what="link" isDone={copied === 'link'} onCopy={() => void copy(link, 'link')} />
          </div>
          <div className="invite-code">
            <span>
              or by the code <code>{code}</code>
            </span>
            <CopyButton what="code" isDone={copied === 'code'} onCopy={() => void copy(code, 'code')} />
          </div>
          {copied === 'failed' && (
            <p className="field-problem">
              This browser does not let the page copy: select the link and copy it by hand.
            </p>
          )}
          {typeof navigator.share === 'function' && (
            <button
              type="button"
              className="button"
              onClick={() => void navigator.share({ title: 'Coderoom', url: link }).catch(() => {})}
            >
              <Icon name="share" />
              Share …
            </button>
          )}
        </div>
      )}
    </Popover>
  );
}

function CopyButton({ what, isDone, onCopy }: { what: string; isDone: boolean; onCopy: () => void }) {
  return (
    <button type="button" className="button copy" data-done={isDone} onClick={onCopy}>
      <Icon name={isDone ? 'check' : 'copy'} size={16} />
      {isDone ? 'Copied' : 'Copy'}
      <span className="sr-only">{what}</span>
    </button>
  );
}
