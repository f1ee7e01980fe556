/** What somebody said, with links that can be followed, names that stand out, and code as code. */
import type { Message, MessageType } from '@coderoom/protocol';
import { type Mentioned, type MessagePiece, piecesOf } from './message-pieces.ts';

export interface MessageTextProps {
  message: Pick<Message, 'text'> & { type: MessageType };
  mentioned: Mentioned;
}

export function MessageText({ message, mentioned }: MessageTextProps) {
  const { text, type } = message;
  if (type === 'code') return <Code text={text} />;
  return (
    <p className="said-text">
      {piecesOf(text, mentioned).map((piece, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no other name than their place
        <Piece key={index} piece={piece} />
      ))}
    </p>
  );
}

function Piece({ piece }: { piece: MessagePiece }) {
  switch (piece.name) {
    case 'text':
      return piece.text;
    case 'link':
      return (
        <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow ugc">
          {piece.text}
        </a>
      );
    case 'mention':
      return (
        <span className="mention" data-self={piece.isSelf}>
          {piece.text}
        </span>
      );
    case 'code':
      return <code>{piece.text}</code>;
    case 'block':
      return <code className="said-block">{piece.text}</code>;
    default:
      return piece satisfies never;
  }
}

function Code({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keys
    <pre className="said-code" tabIndex={0}>
      <code>{text}</code>
    </pre>
  );
}
