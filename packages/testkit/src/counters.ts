/** The table that `Subject.read` and `Subject.write` work on; whoever prepares the suite's database creates it. */
export const COUNTERS_TABLE =
  'CREATE TABLE counters (name VARCHAR(191) NOT NULL PRIMARY KEY, value INT NOT NULL) ENGINE=InnoDB'
