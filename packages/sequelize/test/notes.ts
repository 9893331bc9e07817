import { QueryTypes, type Sequelize } from 'sequelize'

/** Makes sure of an empty table `notes` with an `id` and a `text`. */
export async function emptyNotes(sequelize: Sequelize): Promise<void> {
  await sequelize.query('CREATE TABLE IF NOT EXISTS notes (id INT PRIMARY KEY, text VARCHAR(20)) ENGINE = InnoDB')
  await sequelize.query('DELETE FROM notes')
}

/** What everybody sees in it. */
export async function noteIds(sequelize: Sequelize): Promise<number[]> {
  const rows = await sequelize.query<{ id: number }>('SELECT id FROM notes ORDER BY id', { type: QueryTypes.SELECT })
  return rows.map(({ id }) => id)
}
