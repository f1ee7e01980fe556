/** A link within the product: moves without a page load, and is an ordinary link for every other use. */
import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from 'react';
import { navigation } from '../../browser-navigation.ts';

export interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  href: string;
  children: ReactNode;
}

export function Link({ href, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!isPlain || event.defaultPrevented) return;
    event.preventDefault();
    navigation.go(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
