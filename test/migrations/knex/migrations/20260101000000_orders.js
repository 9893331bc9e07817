export const config = { transaction: false }

/** Tells when it begins and ends, and between takes as long as somebody else has the gate. */
export async function up(knex) {
  await knex.raw('CREATE TABLE IF NOT EXISTS migration_steps (step VARCHAR(10) NOT NULL)')
  await knex.raw("INSERT INTO migration_steps VALUES ('begin')")
  await knex.raw("DO GET_LOCK(CONCAT('gate ', DATABASE()), 60)")
  await knex.schema.createTable('orders', (table) => table.increments())
  await knex.raw("INSERT INTO migration_steps VALUES ('end')")
}

export async function down() {}
