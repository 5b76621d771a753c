// Every operation of the reactor in every situation of the contract.
#include "support/operations.hpp"
#include "support/reactor_fixture.hpp"

#include <stdexcept>

namespace gyre::test {
namespace {

class MatrixTest : public ReactorTest, public testing::WithParamInterface<OperationKind> {
protected:
    MatrixTest() {
        make_reactor({.clock = clock, .executor = executor});
        operation = GetParam().make({reactor(), *clock, *executor});
    }
    void TearDown() override {
        if (reactor_holder) {
            settle();
            operation->close();
            executor->run_all();
            advance(std::chrono::seconds{1});
        }
        operation.reset();
        if (reactor_holder) settle();
        ReactorTest::TearDown();
    }

    /// Starts the operation with a callback that notes its call and then does `inside`.
    void start(std::function<void()> inside = [] {}) {
        const int before = calls;
        operation->start([this, token = captures.token(), inside = std::move(inside)](Error error) {
            ++calls;
            last = error.kind();
            inside();
        });
        EXPECT_EQ(calls, before) << "called inline";
    }

    std::shared_ptr<ManualExecutor> executor = std::make_shared<ManualExecutor>();
    std::unique_ptr<Operation> operation;
    Captures captures;
    int calls = 0;
    Errc last = Errc::ok;
};

TEST_P(MatrixTest, Success) {
    start();
    operation->succeed();
    settle();
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(last, Errc::ok);
    operation->close();
    settle();
    EXPECT_TRUE(captures.released());
    EXPECT_EQ(calls, 1);
}

TEST_P(MatrixTest, Error) {
    start();
    if (!operation->fail()) return operation->succeed();  // it cannot fail
    settle();
    EXPECT_EQ(calls, 1);
    EXPECT_NE(last, Errc::ok);
    EXPECT_TRUE(captures.released());
}

TEST_P(MatrixTest, CloseBefore) {
    start();
    if (!operation->close()) return operation->succeed();  // nothing ends it
    EXPECT_EQ(calls, 0) << "called inline";
    operation->succeed();
    settle();
    EXPECT_EQ(calls, operation->after_close() == Errc::ok ? 0 : 1);
    EXPECT_EQ(last, operation->after_close());
    EXPECT_TRUE(captures.released());
}

TEST_P(MatrixTest, CloseInside) {
    start([this] { operation->close(); });
    operation->succeed();
    settle();
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(last, Errc::ok);
    operation->close();
    settle();
    EXPECT_TRUE(captures.released());
}

TEST_P(MatrixTest, DestroyReactorBefore) {
    start();
    reactor_holder.reset();
    EXPECT_EQ(calls, 0);
    operation.reset();
    executor->run_all();
    EXPECT_EQ(calls, 0);
    EXPECT_TRUE(captures.released());
}

TEST_P(MatrixTest, DestroyReactorWhenTheOutcomeIsThereButNotDelivered) {
    start();
    operation->succeed();
    reactor_holder.reset();
    operation.reset();
    EXPECT_EQ(calls, 0);
    EXPECT_TRUE(captures.released());
}

TEST_P(MatrixTest, DestroyBefore) {
    start();
    operation->destroy();
    EXPECT_EQ(calls, 0) << "called inline";
    if (operation->is_owner()) {
        settle();
        EXPECT_EQ(calls, 0);
        EXPECT_TRUE(captures.released());
    } else {
        operation->succeed();
        settle();
        EXPECT_EQ(calls, 1);
    }
}

TEST_P(MatrixTest, DestroyInside) {
    start([this] { operation->destroy(); });
    operation->succeed();
    settle();
    EXPECT_EQ(calls, 1);
    if (!operation->is_owner()) operation->close();
    settle();
    EXPECT_TRUE(captures.released());
}

TEST_P(MatrixTest, ThrowInside) {
    start([] { throw std::runtime_error{"from within"}; });
    operation->succeed();
    settle();
    EXPECT_EQ(calls, 1);
    const std::vector<class Error> told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], Errc::unhandled_exception);
    EXPECT_NE(told[0].message().find("from within"), std::string::npos);
    ExpectOnce goes_on;
    reactor().add_callback(goes_on([] {}));
    settle();
    operation->close();
    settle();
    EXPECT_TRUE(captures.released());
}

TEST_P(MatrixTest, RestartInside) {
    start([this] {
        start();
        operation->succeed();
    });
    operation->succeed();
    settle();
    // What a write queues first goes out first, so the second one wants the peer once more.
    operation->succeed();
    settle();
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(last, Errc::ok);
    operation->close();
    settle();
    EXPECT_TRUE(captures.released());
}

INSTANTIATE_TEST_SUITE_P(Contract, MatrixTest, testing::ValuesIn(all_operations()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace gyre::test
