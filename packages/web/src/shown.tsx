/** A component that is loaded when it is first shown: nothing until it is there, and what to do when it cannot be had. */
import { type ComponentType, useEffect } from 'react';
import { MessagePage } from './features/rooms/message-page.tsx';
import type { Loaded } from './loaded.ts';
import { useStore } from './store.ts';

export interface ShownProps<Props extends object> {
  page: Loaded<ComponentType<Props>>;
  props: Props;
  /** It is a part of a page: then its failure does not take the whole page. */
  isPart?: boolean;
}

export function Shown<Props extends object>({ page, props, isPart = false }: ShownProps<Props>) {
  const { state, load } = page;
  const loaded = useStore(state);
  useEffect(load, [load]);
  switch (loaded.name) {
    case 'waiting':
      return null;
    case 'loaded':
      return <loaded.value {...props} />;
    case 'failed':
      if (isPart) {
        return (
          <p className="panel-text" role="alert">
            This could not be loaded: the connection broke off. Open it again, or reload the page.
          </p>
        );
      }
      return (
        <MessagePage
          title="The page could not be loaded"
          text="The connection broke off, or the server has been renewed in the meantime."
          action={{ label: 'Reload', act: () => location.reload() }}
        />
      );
    default:
      return loaded satisfies never;
  }
}
