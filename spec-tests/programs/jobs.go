// A Go program for GOOS=wasip1: goroutines, channels, maps, JSON, files and the garbage collector. The same source runs natively.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"
)

type result struct {
	Name   string         `json:"name"`
	Words  map[string]int `json:"words"`
	Square []int          `json:"square,omitempty"`
}

func work(id int, jobs <-chan int, out chan<- result, group *sync.WaitGroup) {
	defer group.Done()
	for n := range jobs {
		r := result{Name: fmt.Sprintf("job-%02d", n), Words: map[string]int{}}
		for _, word := range strings.Fields(strings.Repeat("to be or not to be ", n)) {
			r.Words[word]++
		}
		for i := 0; i < n; i++ {
			r.Square = append(r.Square, i*i)
		}
		time.Sleep(time.Millisecond)
		out <- r
	}
}

func main() {
	jobs, out := make(chan int), make(chan result, 4)
	var group sync.WaitGroup
	for id := 0; id < 4; id++ {
		group.Add(1)
		go work(id, jobs, out, &group)
	}
	go func() {
		for n := 1; n <= 12; n++ {
			jobs <- n
		}
		close(jobs)
		group.Wait()
		close(out)
	}()

	var all []result
	for r := range out {
		all = append(all, r)
	}
	runtime.GC()
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	text, err := json.Marshal(all)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if err := os.WriteFile("all.json", text, 0o644); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	text, err = os.ReadFile("all.json")
	if _, none := os.ReadFile("none.json"); err != nil || !errors.Is(none, os.ErrNotExist) {
		fmt.Println("files:", err, none)
		os.Exit(1)
	}
	var back []result
	if err := json.Unmarshal(text, &back); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(len(back), len(text), back[11].Words["be"], string(text[:70]))
	defer func() { fmt.Println("recovered:", recover()) }()
	fmt.Println(back[len(os.Args)+20])
}
