/** Fetches PostgreSQL 13 to 18 for the tests, which would do it as well, but in the middle of them. */
import { fetchMajors, OTHER_MAJORS } from '../test/helpers/majors.ts';

await fetchMajors(OTHER_MAJORS);
