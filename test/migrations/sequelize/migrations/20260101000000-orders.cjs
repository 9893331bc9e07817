module.exports = {
  /** Tells when it begins and ends, and between takes as long as somebody else has the gate. */
  async up(queryInterface, { INTEGER }) {
    const { sequelize } = queryInterface
    await sequelize.query('CREATE TABLE IF NOT EXISTS migration_steps (step VARCHAR(10) NOT NULL)')
    await sequelize.query("INSERT INTO migration_steps VALUES ('begin')")
    await sequelize.query("DO GET_LOCK(CONCAT('gate ', DATABASE()), 60)")
    await queryInterface.createTable('orders', { id: { type: INTEGER, primaryKey: true, autoIncrement: true } })
    await sequelize.query("INSERT INTO migration_steps VALUES ('end')")
  },
  async down() {},
}
