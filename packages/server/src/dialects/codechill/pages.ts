/** Pages that are counted, as CodeChill's clients ask for them. */
export interface AskedPage {
  page: number;
  perPage: number;
}

/** What is no number counts as not asked for. */
export function readPage(
  query: { page?: string; per_page?: string },
  { perPage, max }: { perPage: number; max: number },
): AskedPage {
  return {
    page: Math.min(readWhole(query.page) ?? 1, pageMax),
    perPage: Math.min(readWhole(query.per_page) ?? perPage, max),
  };
}

export function toPagination({ page, perPage, total }: AskedPage & { total: number }) {
  const pages = Math.ceil(total / perPage);
  return { page, pages, per_page: perPage, total, has_next: page < pages, has_prev: page > 1 };
}

/** Further than that nobody turns pages; a database counts no further than 2³¹. */
const pageMax = 1_000_000;

function readWhole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}
