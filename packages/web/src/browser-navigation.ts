import { createNavigation } from './navigation.ts';

/** The page's own navigation. */
export const navigation = createNavigation(window);
