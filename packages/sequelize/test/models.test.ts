import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LockingSequelize } from '@ormutex/sequelize'
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  literal,
  Model,
  QueryTypes,
  type Transaction,
} from 'sequelize'
import { COMBINATIONS, titleOf, withSequelize } from './opened.js'

class User extends Model<InferAttributes<User>, InferCreationAttributes<User>> {
  declare id: CreationOptional<number>
  declare email: string
  declare visits: CreationOptional<number>
}

class Post extends Model<InferAttributes<Post>, InferCreationAttributes<Post>> {
  declare id: CreationOptional<number>
  declare title: string
  declare published: CreationOptional<boolean>
  declare userId: number
}

/** Models of the test's own with their tables, empty. */
async function withModels(
  combination: (typeof COMBINATIONS)[number],
  test: (
    models: { readonly Users: typeof User; readonly Posts: typeof Post },
    sequelize: LockingSequelize,
  ) => Promise<void>,
): Promise<void> {
  await withSequelize(combination, async (sequelize) => {
    const Users = class extends User {}
    const Posts = class extends Post {}
    const id = { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }
    Users.init(
      {
        id,
        email: { type: DataTypes.STRING(40), unique: 'email' },
        visits: { type: DataTypes.INTEGER, defaultValue: 0 },
      },
      { sequelize, modelName: 'User', tableName: 'model_users' },
    )
    Posts.init(
      {
        id,
        title: DataTypes.STRING(40),
        published: { type: DataTypes.BOOLEAN, defaultValue: false },
        userId: DataTypes.INTEGER,
      },
      { sequelize, modelName: 'Post', tableName: 'model_posts', scopes: { published: { where: { published: true } } } },
    )
    Users.hasMany(Posts, { foreignKey: 'userId', as: 'posts' })
    Posts.belongsTo(Users, { foreignKey: 'userId', as: 'user' })
    await Posts.drop()
    await Users.sync({ force: true })
    await Posts.sync()
    await test({ Users: Users, Posts: Posts }, sequelize)
  })
}

for (const combination of COMBINATIONS) {
  describe(`models of Sequelize under a lock, with ${titleOf(combination)}`, () => {
    /** Everything that models do, each with what can be read from it afterwards. */
    const work = async (
      { Users, Posts }: { Users: typeof User; Posts: typeof Post },
      sequelize: LockingSequelize,
      transaction: Transaction,
    ): Promise<unknown> => {
      const [user, created] = await Users.findOrCreate({ where: { email: 'a@example.org' }, transaction })
      const [again, createdAgain] = await Users.findOrCreate({ where: { email: 'a@example.org' }, transaction })
      assert.deepEqual([created, createdAgain, again.id], [true, false, user.id])
      await Users.upsert({ email: 'a@example.org', visits: 5 }, { transaction })
      await Users.upsert({ email: 'b@example.org', visits: 7 }, { transaction })
      await Users.increment('visits', { by: 2, where: {}, transaction })
      await user.decrement('visits', { transaction })
      await Users.bulkCreate([{ email: 'c@example.org' }, { email: 'd@example.org' }], { transaction })
      await Users.update({ visits: literal('visits + 10') }, { where: { email: 'c@example.org' }, transaction })
      await Users.destroy({ where: { email: 'd@example.org' }, transaction })
      await Posts.bulkCreate(
        [
          { title: 'draft', userId: user.id },
          { title: 'out', published: true, userId: user.id },
        ],
        { transaction },
      )
      const posting = user as unknown as { createPost(values: object, options: object): Promise<Post> }
      await posting.createPost({ title: 'third', published: true }, { transaction })
      const published = await Posts.scope('published').findAll({ include: ['user'], order: ['id'], transaction })
      assert.deepEqual(
        published.map((post) => [post.title, (post as unknown as { user: User }).user.email]),
        [
          ['out', 'a@example.org'],
          ['third', 'a@example.org'],
        ],
      )
      await sequelize.query('UPDATE model_posts SET title = ? WHERE title = ?', {
        replacements: ['final', 'draft'],
        transaction,
      })
      await sequelize.query('UPDATE model_posts SET title = $to WHERE title = $from', {
        bind: { from: 'third', to: 'bound' },
        transaction,
      })
      return sequelize.query('SELECT COUNT(*) AS posts FROM model_posts', { type: QueryTypes.SELECT, transaction })
    }

    const visits = async (Users: typeof User): Promise<unknown> =>
      (await Users.findAll({ order: ['email'] })).map((user) => [user.email, user.visits])

    it('work in the transaction of the lock, and are committed with it', async () => {
      await withModels(combination, async (models, sequelize) => {
        const result = await sequelize.withNamedLock('models', async (transaction) => {
          const done = await work(models, sequelize, transaction)
          assert.deepEqual(await visits(models.Users), [])
          return done
        })
        assert.equal((result as { posts: number | bigint }[])[0]!.posts.toString(), '3')
        assert.deepEqual(await visits(models.Users), [
          ['a@example.org', 6],
          ['b@example.org', 9],
          ['c@example.org', 10],
        ])
        const titles = (await models.Posts.findAll({ order: ['id'] })).map(({ title }) => title)
        assert.deepEqual(titles, ['final', 'out', 'bound'])
      })
    })

    it('work in the transaction of the lock, and are rolled back with it', async () => {
      await withModels(combination, async (models, sequelize) => {
        const thrown = new Error('rolled back')
        const call = sequelize.withNamedLock('models', async (transaction) => {
          await work(models, sequelize, transaction)
          throw thrown
        })
        await assert.rejects(call, (error) => error === thrown)
        assert.deepEqual(await visits(models.Users), [])
        assert.equal(await models.Posts.count(), 0)
      })
    })

    it("hand the caller Sequelize's own errors", async () => {
      await withModels(combination, async ({ Users }, sequelize) => {
        await Users.create({ email: 'a@example.org' })
        const call = sequelize.withNamedLock('models', (transaction) =>
          Users.create({ email: 'a@example.org' }, { transaction }),
        )
        await assert.rejects(call, { name: 'SequelizeUniqueConstraintError' })
      })
    })

    it('lose no update of those who read, decide and save under the lock', async () => {
      await withModels(combination, async ({ Users }, sequelize) => {
        const { id } = await Users.create({ email: 'a@example.org' })
        const visit = (): Promise<unknown> =>
          sequelize.withNamedLock(`user:${id}`, async (transaction) => {
            const user = await Users.findByPk(id, { transaction })
            await sleep(2)
            await user!.update({ visits: user!.visits + 1 }, { transaction })
          })
        await Promise.all(Array.from({ length: 25 }, visit))
        assert.deepEqual(await visits(Users), [['a@example.org', 25]])
      })
    })
  })
}
